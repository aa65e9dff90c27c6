"""How mail programs label the header lines they print into a forward or a reply, by language.

The words are those of the programs' own translations (Outlook, Apple Mail, Gmail, Thunderbird, Yahoo and
web mailers). They are compared after `fold`, so accents, capitals and bold marks do not matter, and one
merged table serves a mail in any language.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from functools import lru_cache


class Label(StrEnum):
    """What a header line inside a text says."""

    SENDER = "sender"
    SENT = "sent"
    TO = "to"
    COPY = "copy"
    SUBJECT = "subject"
    OTHER = "other"


_S, _D, _T, _C, _B = Label.SENDER, Label.SENT, Label.TO, Label.COPY, Label.SUBJECT
_MOST_LETTERS = 400  # of what is folded: labels and separators are short

# One row a language: sender; date; recipients; copies; subject. Other labels follow below.
_LANGUAGES: dict[str, str] = {
    "en": "from; sent, date, sent at, sent on, date sent; to; cc, bcc; subject",
    "de": "von, absender; gesendet, datum, gesendet am; an, empfänger; kopie, kopie an, cc; betreff, thema",
    "fr": "de, expéditeur; envoyé, date, envoyé le, date d'envoi; à, a, pour, destinataire, destinataires;"
    " copie, copie à, cci; objet, sujet",
    "es": "de, desde, remitente; enviado, enviado el, fecha, fecha de envío; para, a, destinatario;"
    " con copia, copia, cco; asunto",
    "it": "da, mittente; inviato, data, inviato il, data invio; a, destinatario; ccn, copia, p.c.; oggetto",
    "pt": "de, remetente; enviado, enviada, enviado em, enviada em, data, data de envio; para, destinatário;"
    " cco, bcc, com cópia; assunto",
    "nl": "van, afzender; verzonden, datum, verzonden op; aan; kopie, bcc; onderwerp",
    "sv": "från, avsändare; skickat, datum, skickat den; till; kopia, kopia till; ämne, ärende, rubrik",
    "da": "fra; sendt, dato; til; kopi, kopi til; emne",
    "nb": "fra, avsender; sendt, dato; til, mottaker; kopi, blindkopi; emne",
    "is": "frá, sendandi; sent, dagsetning, dags; til, viðtakandi; afrit; efni",
    "fi": "lähettäjä; lähetetty, päivämäärä, päiväys, pvm, aika; vastaanottaja, vastaanottajat, kenelle;"
    " kopio, piilokopio; aihe",
    "et": "saatja, kellelt; saadetud, kuupäev, saatmisaeg, saatmise aeg; saaja, adressaat, kellele;"
    " koopia, pimekoopia; teema, pealkiri",
    "lv": "no, sūtītājs; nosūtīts, datums; kam, adresāts, saņēmējs; kopija; temats, tēma",
    "lt": "nuo, siuntėjas; išsiųsta, data, siųsta; kam, iki, gavėjas; kopija; tema",
    "pl": "od, nadawca; wysłano, wysłane, data, data wysłania; do, adresat, odbiorca;"
    " dw, udw, kopia, kopia do;"
    " temat",
    "cs": "od, odesílatel; odesláno, datum, posláno; komu, příjemce, adresát; kopie, skrytá; předmět, věc",
    "sk": "od, odosielateľ; odoslané, dátum, poslané; komu, pre, príjemca, adresát;"
    " kópia, skrytá; predmet, vec",
    "sl": "od, pošiljatelj; poslano, datum; za, komu, prejemnik; kp, kopija, skp; zadeva",
    "hr": "od, šalje, pošiljatelj; poslano, datum; za, prima, primatelj, do; kopija, kp; predmet, naslov",
    "sr": "od, šalje, пошиљалац, шаље, од; poslato, датум, послато, datum; za, prima, за, прима;"
    " kopija, копија; tema, naslov, тема, наслов",
    "hu": "feladó, küldő; elküldve, dátum, küldve, küldés dátuma; címzett, címzettek; másolat, másolatot kap,"
    " titkos másolat; tárgy",
    "ro": "de la, expeditor, din partea; trimis, data, dată, expediat; către, la, destinatar;"
    " copie, cópia; subiect, subiectul",
    "tr": "kimden, gönderen; gönderildi, gönderilme, tarih, gönderim tarihi, gönderme tarihi,"
    " gönderilme tarihi, gönderildiği tarih;"
    " kime, alıcı, alıcılar; bilgi, gizli, karbon kopya; konu",
    "el": "από, αποστολέας; στάλθηκε, ημερομηνία, απεστάλη, αποστολή; προς, παραλήπτης;"
    " κοιν, κοιν., κοινοποίηση; θέμα",
    "ru": "от, от кого, отправитель; отправлено, дата, дата отправки; кому, получатель; копия, скрытая копия;"
    " тема",
    "uk": "від, від кого, відправник; надіслано, дата, відправлено; кому, до, одержувач;"
    " копія, прихована копія;"
    " тема",
    "bg": "от, подател; изпратено, дата; до, получател; копие, як; относно, тема",
    "mk": "од; испратено, датум; до; копија; предмет",
    "ca": "de; enviat, enviat el, data; per a, a, per; a/c; tema, assumpte",
    "eu": "nork; bidalia, data; nori; kopia; gaia",
    "gl": "de; enviado, data; para; copia; asunto",
    "ja": "差出人, 送信者, 送信元, from; 送信日時, 日時, 日付, 送信日; 宛先, 受信者, 送信先; "
    "cc, 写し; 件名, 題名",
    "zh-hans": "发件人, 寄件人, 发信人; 发送时间, 日期, 发送日期, 时间, 已发送; 收件人; 抄送, 密送; 主题",
    "zh-hant": "寄件者, 寄件人, 發件人; 寄件日期, 日期, 傳送日期, 時間, 發送時間; 收件者, 收件人;"
    " 副本, 密件副本, 抄送; 主旨, 主題",
    "ko": "보낸 사람, 보낸사람, 발신, 발신자, 보낸이; 보낸 날짜, 날짜, 보낸날짜, 발신일, 보낸 시간, 일자; "
    "받는 사람, 받는사람, 수신, 수신자, 받는이; 참조, 숨은 참조; 제목",
    "he": "מאת; נשלח, תאריך; אל, ל; עותק, העתק; נושא",
    "ar": "من, المرسل; تم الإرسال, تاريخ الإرسال, التاريخ, أرسلت, تاريخ; إلى, المستلم; نسخة; الموضوع, موضوع",
    "fa": "از; تاریخ, ارسال شده; به; رونوشت; موضوع",
    "hi": "प्रेषक, से; भेजा गया, दिनांक; प्रति, को; प्रतिलिपि; विषय",
    "th": "จาก; ส่ง, วันที่; ถึง; สำเนา, สำเนาถึง; เรื่อง, หัวข้อ",
    "vi": "từ, người gửi; đã gửi, ngày, gửi; tới, đến, người nhận; đồng kính gửi; chủ đề, tiêu đề",
    "id": "dari; dikirim, tanggal; kepada, ke, untuk; tembusan; subjek, perihal, hal",
}
_OTHER = """categories, sensitivity, flag status, follow up flag, kategorien, importance,
priority, attachments, attachment, reply-to, reply to, organization, organisation,
signed by, sent by, mailed-by, sender, message-id, resent-from, x-mailer, list-unsubscribe, security,
wichtigkeit, priorität, anlagen, anhänge, antwort an, antwort-an, importance, pièces jointes, répondre à,
importancia, datos adjuntos, adjuntos, responder a, priorità, allegati, rispondi a, importância, anexos,
responder para, prioridade, urgentie, bijlagen, antwoord aan, beantwoorden, prioritet, bilagor, svar till,
svara till, vedhæftede filer, svar til, vedlegg, liitteet, tärkeys, vastausosoite, ważność, załączniki,
odpowiedz do, odpowiedź do, důležitost, přílohy, odpověď na, odpovědět, dôležitosť, prílohy, odpovedať na,
privici, privitci, odgovori na, odgovoriti na, mellékletek, fontosság, válaszcím, atașamente, importanță,
răspuns la, răspundeți la, ekler, önem, yanıt adresi, yanıtlama adresi, вложения, важность, ответить,
вкладення, важливість, відповісти, 添付ファイル, 重要度, 返信先, 附件, 重要性, 答复, 回复, 附件, 回覆,
첨부 파일, 중요도, συνημμένα, קבצים מצורפים, المرفقات"""


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """`text` as it is compared: no capitals, accents, direction marks and doubled spaces."""
    if text.isascii():
        return " ".join(text[:_MOST_LETTERS].lower().split())
    plain = unicodedata.normalize("NFKD", text[:_MOST_LETTERS].replace("’", "'").casefold())
    kept = (c for c in plain if unicodedata.category(c) not in ("Mn", "Cf"))
    return " ".join("".join(kept).replace("ı", "i").replace("ł", "l").replace("ø", "o").split())


def _labels() -> dict[str, Label]:
    table = {fold(word): Label.OTHER for word in _OTHER.replace("\n", " ").split(",")}
    for row in _LANGUAGES.values():
        for label, words in zip((_S, _D, _T, _C, _B), row.split(";"), strict=True):
            for word in words.split(","):
                table.setdefault(fold(word), label)
    table |= {"cc": _C, "bcc": _C, "sender": Label.OTHER}
    return table


LABELS = _labels()
