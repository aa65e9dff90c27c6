"""The words mail programs put around forwarded and quoted text, by language.

Languages: en de fr es it nl pt, and sv da nb pl fi where the words are known. All are compared in
`casefold()`, without surrounding punctuation, so one merged table serves a mail in any of them.
"""

from __future__ import annotations

from enum import StrEnum


def _words(text: str) -> frozenset[str]:
    return frozenset(text.casefold().split())


def _phrases(text: str) -> frozenset[str]:
    """Separated by "|" or line ends."""
    return frozenset(phrase.strip() for phrase in text.casefold().replace("\n", "|").split("|"))


class Label(StrEnum):
    """What a header line inside a text says."""

    SENDER = "sender"
    SENT = "sent"
    TO = "to"
    COPY = "copy"
    SUBJECT = "subject"
    OTHER = "other"


_LABELS: tuple[tuple[Label, str], ...] = (
    (Label.SENDER, "from von de da van från fra od lähettäjä desde"),
    (
        Label.SENT,
        "date sent datum gesendet envoyé fecha enviado data inviato verzonden skickat sendt dato wysłano",
    ),
    (Label.SENT, "lähetetty enviada"),
    (Label.TO, "to an à pour para a aan till til do destinatario destinataire vastaanottaja"),
    (Label.COPY, "cc bcc kopie kopia kopi dw cci cco ccn"),
    (
        Label.SUBJECT,
        "subject betreff objet asunto oggetto onderwerp assunto ämne emne temat betreft aihe sujet",
    ),
    (
        Label.OTHER,
        "importance wichtigkeit priority priorität attachments anlagen bijlagen allegati anexos adjuntos",
    ),
    (Label.OTHER, "reply-to antwort-an organization organisation"),
)
_LONG_LABELS: tuple[tuple[Label, str], ...] = (
    (Label.SENT, "enviado el|enviado em|enviada em|gesendet am|envoyé le|inviato il|date d'envoi|sent at"),
    (Label.COPY, "copie à|con copia|kopie an|copia a"),
    (Label.OTHER, "reply to|antwort an|répondre à|responder a|rispondi a|pièces jointes|signed by|sent by"),
)

LABELS: dict[str, Label] = {
    word: label
    for rows, separator in ((_LABELS, " "), (_LONG_LABELS, "|"))
    for label, words in rows
    for word in words.casefold().split(separator)
}

FORWARD_LINES = _phrases(
    """forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado
messaggio inoltrato|doorgestuurd bericht|mensagem encaminhada|mensagem reencaminhada
vidarebefordrat meddelande|videresendt meddelelse|videresendt melding|wiadomość przekazana dalej
begin forwarded message|anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail
début du message réexpédié|début du message transféré|inicio del mensaje reenviado
inizio messaggio inoltrato|begin doorgestuurd bericht|início da mensagem reencaminhada
início da mensagem encaminhada|vidarebefordrat brev|start på videresendt meddelelse
message réexpédié|message forwarded|välitetty viesti|forwarded by"""
)
ORIGINAL_LINES = _phrases(
    """original message|ursprüngliche nachricht|originalnachricht|message d'origine|message original
mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original|originalmeddelande
ursprungligt meddelande|oprindelig meddelelse|opprinnelig melding|wiadomość oryginalna
original appointment|alkuperäinen viesti"""
)

# "On … wrote:" — how the line begins, and its verb.
ATTRIBUTION_STARTS = _words("on am le el il op em no den w dnia på")
ATTRIBUTION_VERBS = (
    " wrote", " schrieb", " a écrit", " escribió", " ha scritto", " scrisse", " schreef",
    " het volgende geschreven", " escreveu", " skrev", " napisał(a)", " napisała", " napisał", " kirjoitti",
)  # fmt: skip
TIME_WORDS = _words("am pm a.m. p.m. uhr h hs hrs utc gmt cet cest bst est edt pst pdt ore horas at um")

SUBJECT_FORWARDS = _words("fw fwd wg tr rv enc i doorst rif vb vs pd vl")
SUBJECT_REPLIES = _words("re aw sv antw rép odp ref res ynt r")

SIGN_OFFS = _phrases(
    """best|best regards|best wishes|kind regards|warm regards|regards|many thanks|thanks|thank you
cheers|thanks and regards|thanks and best regards|thanks in advance|sincerely|yours sincerely
all the best|yours|with kind regards|mit freundlichen grüßen|mit freundlichem gruß
mit besten grüßen|viele grüße|beste grüße|liebe grüße|freundliche grüße|schöne grüße
herzliche grüße|mfg|vg|lg|danke|vielen dank|danke und viele grüße|vielen dank und viele grüße
mit freundlichen grüssen|viele grüsse|freundliche grüsse|cordialement|bien cordialement
bien à vous|merci|merci d'avance|sincères salutations|cordiales salutations|saludos|un saludo
saludos cordiales|cordialmente|atentamente|gracias|muchas gracias|cordiali saluti|distinti saluti
un saluto|saluti|grazie|grazie mille|met vriendelijke groet|met vriendelijke groeten|groeten|groet
mvg|bedankt|alvast bedankt|atenciosamente|com os melhores cumprimentos|cumprimentos|obrigado
obrigada|abraço|abraços|med vänliga hälsningar|vänliga hälsningar|med venlig hilsen|venlig hilsen
vennlig hilsen|mvh|hilsen|pozdrawiam|z poważaniem"""
)
DEVICE_LINES = (
    "sent from my ", "sent from outlook", "get outlook for ", "von meinem ", "gesendet von meinem ",
    "gesendet mit ", "envoyé de mon ", "envoyé depuis mon ", "enviado desde mi ", "inviato da ",
    "verstuurd vanaf ", "verzonden vanaf ", "enviado do meu ", "skickat från min ", "sendt fra min ",
    "holen sie sich outlook", "télécharger outlook",
)  # fmt: skip
GREETINGS = _words(
    """hi hello hey dear hallo hei liebe lieber moin bonjour hola ciao buongiorno beste goedemorgen olá
team all fyi servus salut guten"""
)
