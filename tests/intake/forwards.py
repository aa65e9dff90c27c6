"""Forwards as the mail programs print them, built from their documented layouts: program × language.

Every text holds the same invented mail, so a test can say what must come out of it. The words are those
of the programs' own translations; `TRICKY` are the shapes that break readers which rely on the usual one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

NAME, ADDRESS = "Ana Berg", "ana.berg@example.com"
TO, COPY = "Mara Lind <mara@example.org>", "Otto Kern <otto.kern@example.com>"
SUBJECT = "Export of all visits"
SENT = "3. 11. 2026 9:12"
NOTE = "Could you look at this one?"
BODY = (
    "Good morning,\n\nwe need the visits of one site in a file,\nwith date and fitter.\n\n\nIs that planned?"
)


@dataclass(frozen=True)
class Words:
    """What one language says: prefix of the subject, Apple's first line, the separator, the labels."""

    prefix: str
    begin: str
    separator: str
    original: str
    labels: str  # From, Sent, Date, To, Cc, Subject
    thunderbird: str = ""  # From and To where they differ there


@dataclass(frozen=True)
class Forward:
    """One forwarded mail: the text below the headers, and what is to be found in it."""

    program: str
    language: str
    text: str
    subject: str
    name: str = NAME
    address: str = ADDRESS
    body: str = BODY
    about: str = SUBJECT
    note: str = NOTE


LANGUAGES = {
    "en": Words(
        "Fwd:",
        "Begin forwarded message:",
        "Forwarded Message",
        "Original Message",
        "From Sent Date To Cc Subject",
    ),
    "de": Words(
        "WG:",
        "Anfang der weitergeleiteten Nachricht:",
        "Weitergeleitete Nachricht",
        "Ursprüngliche Nachricht",
        "Von Gesendet Datum An Cc Betreff",
    ),
    "fr": Words(
        "TR :",
        "Début du message réexpédié :",
        "Message transféré",
        "Message d'origine",
        "De Envoyé Date À Cc Objet",
        "De Pour",
    ),
    "es": Words(
        "RV:",
        "Inicio del mensaje reenviado:",
        "Mensaje reenviado",
        "Mensaje original",
        "De Enviado Fecha Para CC Asunto",
    ),
    "it": Words(
        "I:",
        "Inizio messaggio inoltrato:",
        "Messaggio Inoltrato",
        "Messaggio originale",
        "Da Inviato Data A Cc Oggetto",
        "Mittente A",
    ),
    "pt-br": Words(
        "ENC:",
        "Início da mensagem encaminhada:",
        "Mensagem encaminhada",
        "Mensagem original",
        "De Enviado Data Para Cc Assunto",
    ),
    "pt-pt": Words(
        "FW:",
        "Início da mensagem reencaminhada:",
        "Mensagem reencaminhada",
        "Mensagem original",
        "De Enviada Data Para Cc Assunto",
    ),
    "nl": Words(
        "FW:",
        "Begin doorgestuurd bericht:",
        "Doorgestuurd bericht",
        "Oorspronkelijk bericht",
        "Van Verzonden Datum Aan CC Onderwerp",
    ),
    "sv": Words(
        "VB:",
        "Vidarebefordrat brev:",
        "Vidarebefordrat meddelande",
        "Originalmeddelande",
        "Från Skickat Datum Till Kopia Ämne",
    ),
    "da": Words(
        "VS:",
        "Start på videresendt besked:",
        "Videresendt meddelelse",
        "Oprindelig meddelelse",
        "Fra Sendt Dato Til Cc Emne",
    ),
    "nb": Words(
        "VS:",
        "Start på videresendt melding:",
        "Videresendt melding",
        "Opprinnelig melding",
        "Fra Sendt Dato Til Kopi Emne",
    ),
    "fi": Words(
        "VL:",
        "Välitetty viesti alkaa:",
        "Välitetty viesti",
        "Alkuperäinen viesti",
        "Lähettäjä Lähetetty Päivämäärä Vastaanottaja Kopio Aihe",
    ),
    "et": Words(
        "Edasi:",
        "Edastatud kiri:",
        "Edastatud kiri",
        "Algne kiri",
        "Saatja Saadetud Kuupäev Adressaat Koopia Teema",
    ),
    "pl": Words(
        "PD:",
        "Początek przekazywanej wiadomości:",
        "Przekazana wiadomość",
        "Wiadomość oryginalna",
        "Od Wysłano Data Do DW Temat",
        "Nadawca Adresat",
    ),
    "cs": Words(
        "FW:",
        "Začátek přeposlané zprávy:",
        "Přeposlaná zpráva",
        "Původní zpráva",
        "Od Odesláno Datum Komu Kopie Předmět",
    ),
    "sk": Words(
        "FW:",
        "Začiatok preposlanej správy:",
        "Preposlaná správa",
        "Pôvodná správa",
        "Od Odoslané Dátum Komu Kópia Predmet",
    ),
    "hr": Words(
        "FW:",
        "Započni proslijeđenu poruku:",
        "Proslijeđena poruka",
        "Izvorna poruka",
        "Od Poslano Datum Prima Kopija Predmet",
        "Šalje Prima",
    ),
    "hu": Words(
        "FW:",
        "Továbbított levél kezdete:",
        "Továbbított üzenet",
        "Eredeti üzenet",
        "Feladó Elküldve Dátum Címzett Másolat Tárgy",
    ),
    "ro": Words(
        "Fwd:",
        "Începe mesajul redirecționat:",
        "Mesaj redirecționat",
        "Mesaj original",
        "De_la Trimis Data Către Cc Subiect",
        "Expeditor Către",
    ),
    "ru": Words(
        "FW:",
        "Начало переадресованного сообщения:",
        "Перенаправленное сообщение",
        "Исходное сообщение",
        "От Отправлено Дата Кому Копия Тема",
        "От_кого Кому",
    ),
    "uk": Words(
        "FW:",
        "Початок листа, що пересилається:",
        "Переслане повідомлення",
        "Початкове повідомлення",
        "Від Надіслано Дата Кому Копія Тема",
    ),
    "tr": Words(
        "İLT:",
        "Yönlendirilen ileti başlangıcı:",
        "İletilen mesaj",
        "Özgün ileti",
        "Kimden Gönderildi Tarih Kime Bilgi Konu",
        "Gönderen Alıcı",
    ),
    "el": Words(
        "ΠΡΘ:",
        "Αρχή προωθημένου μηνύματος:",
        "Προωθημένο μήνυμα",
        "Αρχικό μήνυμα",
        "Από Στάλθηκε Ημερομηνία Προς Κοιν. Θέμα",
    ),
    "ja": Words(
        "転送:",
        "転送されたメッセージ：",
        "転送されたメッセージ",
        "元のメッセージ",
        "差出人 送信日時 日付 宛先 CC 件名",
    ),
    "zh-hans": Words(
        "转发:", "开始转发的邮件：", "转发的消息", "原始邮件", "发件人 发送时间 日期 收件人 抄送 主题"
    ),
    "zh-hant": Words(
        "轉寄:", "開始轉寄郵件：", "轉寄的郵件", "原始郵件", "寄件者 寄件日期 日期 收件者 副本 主旨"
    ),
    "ko": Words(
        "전달:",
        "전달된 메시지 시작:",
        "전달된 메시지",
        "원본 메시지",
        "보낸_사람 보낸_날짜 날짜 받는_사람 참조 제목",
    ),
    "he": Words(
        "הועבר:", "תחילת ההודעה שהועברה:", "הודעה שהועברה", "הודעה מקורית", "מאת נשלח תאריך אל עותק נושא"
    ),
    "ar": Words(
        "FW:",
        "بدء الرسالة المعاد توجيهها:",
        "رسالة معاد توجيهها",
        "الرسالة الأصلية",
        "من تاريخ_الإرسال التاريخ إلى نسخة الموضوع",
    ),
}


def forwards() -> Iterator[Forward]:
    """Every program in every language, and the tricky shapes."""
    for language, words in LANGUAGES.items():
        for program, text in _programs(language, words):
            yield Forward(program, language, text, f"{words.prefix} {SUBJECT}")
    yield from _tricky()


def _programs(language: str, words: Words) -> Iterator[tuple[str, str]]:
    sender, sent, date, to, copy, subject = (label.replace("_", " ") for label in words.labels.split())
    old_sender, old_to = sender, to
    if words.thunderbird:
        old_sender, old_to = (label.replace("_", " ") for label in words.thunderbird.split())
    colon = {"fr": " :", "ja": ":", "zh-hans": "：", "zh-hant": "："}.get(language, ":")
    who = f"{NAME} <{ADDRESS}>"
    apple = [
        f"{sender}{colon} {who}",
        f"{subject}{colon} {SUBJECT}",
        f"{date}{colon} {SENT}",
        f"{to}{colon} {TO}",
    ]
    yield "Apple Mail, quoted", _join(NOTE, words.begin, "", _quote([*apple, "", *BODY.split("\n")]))
    yield "Apple Mail", _join(NOTE, words.begin, "", *apple, "", BODY)
    yield "iPhone", _join(NOTE, "", words.begin, "", *apple[:1], apple[2], apple[3], apple[1], "", BODY)
    yield (
        "Gmail",
        _join(
            NOTE, "", "---------- Forwarded message ---------", f"{sender}{colon} {who}", f"Date: {SENT}",
            f"Subject: {SUBJECT}", f"To: {TO}", "", "", BODY,
        ),
    )  # fmt: skip
    outlook = [
        f"{sender}{colon} {who}",
        f"{sent}{colon} {SENT}",
        f"{to}{colon} {TO}",
        f"{copy}{colon} {COPY}",
    ]
    outlook.append(f"{subject}{colon} {SUBJECT}")
    mac = [outlook[0], f"{date}{colon} {SENT}", *outlook[2:]]
    bold = [f"*{line.replace(colon, colon + '*', 1)}" for line in outlook]
    yield "Outlook desktop", _join(NOTE, "", *outlook, "", BODY)
    yield "Outlook for Mac", _join(NOTE, "", *mac, BODY)
    yield "Outlook on the web", _join(NOTE, "_" * 32, *outlook, "", BODY)
    yield "Outlook, older", _join(NOTE, "", f"-----{words.original}-----", *outlook, "", BODY)
    yield "Outlook, bold", _join(NOTE, "", *bold, "", BODY)
    yield (
        "Thunderbird",
        _join(
            NOTE, "", "", f"-------- {words.separator} --------", f"{subject}{colon} \t{SUBJECT}",
            f"{date}{colon} \t{SENT}", f"{old_sender}{colon} \t{who}",
            f"{old_to}{colon} \t{TO}", "", "", "", BODY,
        ),
    )  # fmt: skip
    yahoo = [
        f"{sender}{colon} {who}",
        f"{to}{colon} {TO}",
        f"{sent}{colon} {SENT}",
        f"{subject}{colon} {SUBJECT}",
    ]
    yield "Yahoo", _join(NOTE, "", f"   ----- {words.separator} -----", *yahoo, "", BODY)
    yield "Yahoo, in one line", _join(f"{NOTE}   ----- {words.separator} ----- {''.join(yahoo)}", "", BODY)
    yield "Yahoo, run together", _join(NOTE, f"   ----- {words.separator} -----", "".join(yahoo), "", BODY)
    yield "HubSpot", _join(NOTE, "", f"---------- {words.separator} ---------", *yahoo, "", BODY)
    yield "IONOS", _join(NOTE, "", f"---------- {words.original} ----------", *yahoo, " ", BODY)


def _tricky() -> Iterator[Forward]:
    gmail = "---------- Forwarded message ---------"
    head, tail = f"{NOTE}\n\n{gmail}\n", f"Date: {SENT}\nSubject: {SUBJECT}\nTo: {TO}\n\n{BODY}"
    subject = f"Fwd: {SUBJECT}"
    senders = {
        "address in brackets": f"{NAME} [{ADDRESS}]",
        "address as mailto": f"{NAME} [mailto:{ADDRESS}]",
        "address twice": f"{NAME} <{ADDRESS}<mailto:{ADDRESS}>>",
        "name in quotes": f'"{NAME}" <{ADDRESS}>',
        "name in single quotes": f"'{NAME}' <{ADDRESS}>",
        "name in bold": f"*{NAME}* <{ADDRESS}>",
        "name in double bold": f"**{NAME}** <{ADDRESS}>",
        "marks of writing direction": f"\u200e{NAME} \u202a<{ADDRESS}>\u202c",
        "name in German quotes": f"„{NAME}“ <{ADDRESS}>",
        "name as a link": f"[{NAME}](mailto:{ADDRESS})",
        "name behind": f"{ADDRESS} ({NAME})",
        "address in parentheses": f"{NAME} ({ADDRESS})",
        "capitals": f"{NAME} <Ana.Berg@Example.COM>",
        "on the next line": f"{NAME}\n <{ADDRESS}>",
        "on the next line, not indented": f"{NAME}\n<{ADDRESS}>",
        "below its label": f"\n{NAME} <{ADDRESS}>",
        "on behalf of": f"desk@example.net On Behalf Of {NAME} <{ADDRESS}>",
    }
    for name, sender in senders.items():
        yield Forward(name, "en", f"{head}From: {sender}\n{tail}", subject)
    yield Forward("no name", "en", f"{head}From: {ADDRESS}\n{tail}", subject, name="")
    yield Forward("address as name", "en", f"{head}From: {ADDRESS} <{ADDRESS}>\n{tail}", subject, name="")
    yield Forward("no address", "en", f"{head}From: {NAME}\n{tail}", subject, address="")
    named = f'From: "Berg, Ana" <{ADDRESS}>\n'
    yield Forward("comma in the name", "en", head + named + tail, subject, name="Berg, Ana")
    at = f"From: Ana @ Berg <{ADDRESS}>\n"
    yield Forward("at sign in the name", "en", head + at + tail, subject, name="Ana @ Berg")
    firm = f"From: Ana Berg (Kestrel) <{ADDRESS}>\n"
    yield Forward("company in the name", "en", head + firm + tail, subject, name="Ana Berg (Kestrel)")
    rule = f"{NOTE}\n\n---------- Forwarded message ---------From: {NAME} <{ADDRESS}>\n{tail}"
    yield Forward("separator without line break", "en", rule, subject)
    bcc = f"{NOTE}\n\nFrom: {NAME} <{ADDRESS}>\nSent: {SENT}\nSubject: {SUBJECT}\n\n{BODY}"
    yield Forward("no recipients", "en", bcc, subject)
    bare = f"{NOTE}\n\nFrom: {NAME} <{ADDRESS}>\nSent: {SENT}\n\n{BODY}"
    yield Forward("sender and date alone", "en", bare, subject)
    wrote = f"{NOTE}\n\nOn 3 Nov 2026 at 09:12, {NAME} <{ADDRESS}> wrote:\n\n"
    yield Forward("like a reply", "en", wrote + _quote(BODY.split("\n")), subject)
    crowd = ",\n ".join(f"Person {i} <p{i}@example.org>" for i in range(30))
    bare = ";\n".join(f"Person {i}" for i in range(30))
    block = f"{NOTE}\n\nFrom: {NAME} <{ADDRESS}>\nSent: {SENT}\nTo: "
    yield Forward("thirty recipients", "en", f"{block}{crowd}\nSubject: {SUBJECT}\n\n{BODY}", subject)
    yield Forward("recipients by name", "en", f"{block}{bare}\nSubject: {SUBJECT}\n\n{BODY}", subject)
    yield Forward("no subject", "en", f"{block}{TO}\nSubject: \n\n{BODY}", "Fwd:", about="")
    yield Forward("no subject line", "en", f"{block}{TO}\n\n{BODY}", "Fwd:", about="")
    long = "The export of all the visits of one site of the customer into one file by month"
    space = long.rindex(" ", 0, 60)
    folded = f"{block}{TO}\nSubject: {long[:space]}\n{long[space + 1 :]}\n\n{BODY}"
    yield Forward("folded subject", "en", folded, f"Fwd: {long}", about=long)
    lines = f"From: {NAME} <{ADDRESS}>\n{tail}".split("\n")
    yield Forward("all quoted", "en", f"{NOTE}\n\n" + _quote([gmail, *lines]), subject)
    yield Forward("quoted twice", "en", f"{NOTE}\n\n" + _quote(_quote([gmail, *lines]).split("\n")), subject)
    yield Forward("blank lines between", "en", f"{head}\n\nFrom: {NAME} <{ADDRESS}>\n\n{tail}", subject)
    yield Forward("without a note", "en", f"{gmail}\nFrom: {NAME} <{ADDRESS}>\n{tail}", subject, note="")
    signed = f"{NOTE}\n\n-- \nMara Lind\nSales\n\n{gmail}\nFrom: {NAME} <{ADDRESS}>\n{tail}"
    yield Forward("signature above", "en", signed, subject)
    who, to, sent, about = f"From: {NAME} <{ADDRESS}>", f"To: {TO}", f"Sent: {SENT}", f"Subject: {SUBJECT}"
    device = ["Get Outlook for iOS<https://example.com/o>", "_" * 32]
    text = _join(*device, who, sent, to, about, "", BODY)
    yield Forward("Outlook for iOS", "en", text, subject, note="")
    for dashes in (5, 8, 10, 20, 60):
        rule = "-" * dashes
        text = _join(NOTE, "", f"{rule} Forwarded message {rule}", who, tail)
        yield Forward(f"{dashes} dashes", "en", text, subject)
    rule = "============ Forwarded message ============"
    spaced = [line.replace(":", " :", 1) for line in (who, to, f"Date: {SENT}", about)]
    yield Forward("equals signs", "en", _join(NOTE, "", rule, *spaced, rule, "", BODY), subject)
    rule = "----- Forwarded by Mara Lind/Sales/Org on 03.11.2026 10:00 -----"
    tabbed = [line.replace(": ", ": \t", 1) for line in (who, to, f"Date: {SENT}", about)]
    yield Forward("Notes", "en", _join(NOTE, "", rule, "", *tabbed, "", BODY), subject)
    rule = "‐" * 7 + " Original Message " + "‐" * 7
    written = f"On 3 November 2026 9:12 AM, {NAME} <{ADDRESS}> wrote:"
    yield Forward("Proton Mail", "en", _join(NOTE, "", rule, written, "", BODY), subject)
    rule, end = ("-" * 8 + f" {word} " + "-" * 8 for word in _YANDEX)
    written = f'03.11.2026, 09:12, "{NAME}" <{ADDRESS}>:'
    yield Forward("Yandex", "ru", _join(NOTE, "", rule, written, "", BODY, "", end), subject)
    glued = f"{who}{to}Sent: Tuesday, November 3, 2026, 09:12:00 AM GMT+1{about}"
    rule = "   ----- Forwarded Message -----"
    yield Forward("Yahoo, in one line", "en", f"{NOTE}\n{rule} {glued}\n{BODY}", subject)
    yield Forward("Yahoo, in two lines", "en", f"{NOTE}\n{rule}\n{glued}   {BODY}", subject)
    printed = ["Message du 03/11/26 09:12", f'De : "{NAME}" <{ADDRESS}>', f"A : {TO}", f"Copie à : {COPY}"]
    text = _quote([*printed, f"Objet : {SUBJECT}", "", *BODY.split("\n")])
    yield Forward("La Poste", "fr", f"{NOTE}\n\n{text}", f"TR : {SUBJECT}")
    printed = ["Gesendet: Dienstag, 03. November 2026 um 09:12 Uhr", f'Von: "{NAME}" <{ADDRESS}>']
    text = _join(NOTE, "", *printed, f"An: {TO}", f"Betreff: {SUBJECT}", BODY)
    yield Forward("GMX", "de", text, f"Fw: {SUBJECT}")
    rule = "-" * 18 + " 原始邮件 " + "-" * 18
    printed = [
        f'发件人: "{NAME}" <{ADDRESS}>;',
        "发送时间: 2026年11月3日 9:12",
        f"收件人: {TO};",
        f"主题: {SUBJECT}",
    ]
    yield Forward("QQ Mail", "zh-hans", _join(NOTE, "", "", rule, *printed, "", BODY), f"转发：{SUBJECT}")
    rule = "-------- Qux Blorp --------"
    printed = [f"Vlim: {NAME} <{ADDRESS}>", f"Sproz: {SENT}", f"Glark: {TO}", f"Zonk: {SUBJECT}"]
    yield Forward("unknown language", "xx", _join(NOTE, "", rule, *printed, "", BODY), subject)
    printed[1:] = [sent, to, about]
    yield Forward("unknown label", "xx", _join(NOTE, "", *printed, "", BODY), subject)


_YANDEX = ("Пересылаемое сообщение", "Конец пересылаемого сообщения")


def _join(*lines: str) -> str:
    return "\n".join(lines)


def _quote(lines: list[str]) -> str:
    return "\n".join(f"> {line}".rstrip() for line in lines)
