"""The words mail programs and people put around messages, by language: separators, attributions,
subject prefixes, greetings and closing formulas.

Separators, attributions and subject prefixes are compared after `labels.fold`, so accents and capitals do
not matter; one merged table serves a mail in any language. Header labels are in `labels.py`.
"""

from __future__ import annotations

from triage.intake.labels import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(text.casefold().split())


def _phrases(text: str) -> frozenset[str]:
    """Separated by "|" or line ends."""
    return frozenset(phrase.strip() for phrase in text.casefold().replace("\n", "|").split("|"))


def _folded(text: str) -> frozenset[str]:
    return frozenset(fold(phrase) for phrase in text.replace("\n", "|").split("|") if phrase.strip())


FORWARD_LINES = _folded(
    """forwarded message|begin forwarded message|start of forwarded message|message forwarded
forwarded email|forwarded mail|forwarded by
weitergeleitete nachricht|anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail
weitergeleitete e-mail|beginn der weitergeleiteten nachricht|ursprünglich weitergeleitete nachricht
message transféré|mail transféré|message réexpédié|début du message réexpédié|courriel transféré
début du message transféré|e-mail transféré|début du courriel transféré|email transféré
mensaje reenviado|inicio del mensaje reenviado|correo reenviado|comienza el mensaje reenviado
messaggio inoltrato|inizio messaggio inoltrato|inizio del messaggio inoltrato|e-mail inoltrata
doorgestuurd bericht|begin doorgestuurd bericht|doorgestuurde e-mail|begin van doorgestuurd bericht
mensagem encaminhada|mensagem reencaminhada|início da mensagem reencaminhada|mensagem transmitida
início da mensagem encaminhada|e-mail encaminhado|inicio de mensagem encaminhada
vidarebefordrat meddelande|vidarebefordrat brev|vidarebefordrat mejl|börjar vidarebefordrat brev
början på vidarebefordrat meddelande|början på vidarebefordrat brev
videresendt meddelelse|start på videresendt meddelelse|videresendt besked|start på videresendt besked
videresendt mail|begynd på videresendt besked|videresendt e-mail|påbegynd videresendt meddelelse
videresendt melding|start på videresendt melding|begynnelse på videresendt melding|videresendt e-post
begynnelsen på videresendt melding|starten på videresendt melding
välitetty viesti|välitetty viesti alkaa|edelleenlähetetty viesti|lähetetty edelleen
alkaa välitetty viesti|välitetyn viestin alku
edastatud kiri|edastatud sõnum|edasisaadetud kiri|edastatud e-kiri|edastatud kirja algus
wiadomość przekazana dalej|przekazana wiadomość|przesłana dalej wiadomość|treść przekazanej wiadomości
początek przekazywanej wiadomości|początek przekazanej wiadomości|przekazywana wiadomość
początek wiadomości przekazanej dalej|wiadomość przekazana
přeposlaná zpráva|začátek přeposlané zprávy|začátek přeposílané zprávy|přeposílaná zpráva
předaná zpráva|předávaná zpráva
preposlaná správa|začiatok preposlanej správy|začiatok preposielanej správy|preposielaná správa
posredovano sporočilo|začetek posredovanega sporočila
proslijeđena poruka|početak proslijeđene poruke|započni proslijeđenu poruku|započinje proslijeđena poruka
početak proslijeđene e-poruke|prosleđena poruka|прослеђена порука|poslana poruka dalje
továbbított üzenet|továbbított levél|továbbított üzenet kezdete|továbbított levél kezdete
az átirányított üzenet kezdete|átirányított üzenet|elkezdett továbbított levél
mesaj redirecționat|mesaj transmis|începe mesajul redirecționat|început mesaj redirecționat
începutul mesajului redirecționat|început de mesaj redirecționat|mesaj retransmis|mesaj înaintat
începe mesajul transmis mai departe|mesaj transmis mai departe
iletilen mesaj|yönlendirilen mesaj|yönlendirilmiş ileti|yönlendirilen ileti|iletilmiş mesaj
başlangıçta yönlendirilen mesaj|i̇letilen ileti|yönlendirilen iletinin başlangıcı|iletilen e-posta
yönlendirilen ileti başlangıcı|iletilen mesajın başlangıcı|i̇letilen mesajın başlangıcı|iletilmiş ileti
προωθημένο μήνυμα|αρχή προωθημένου μηνύματος|προωθούμενο μήνυμα|έναρξη προωθημένου μηνύματος
переадресованное сообщение|перенаправленное сообщение|пересылаемое сообщение|пересланное сообщение
начало переадресованного сообщения|начало пересылаемого сообщения|начало пересланного сообщения
пересылаемое письмо|пересланное письмо|начало переадресованного письма
переслане повідомлення|початок переадресованого повідомлення|переадресоване повідомлення
початок листа, що пересилається|початок пересланого повідомлення|початок пересланого листа
початок переадресованого листа|переслане сповіщення|переслане лист|переслати повідомлення
препратено съобщение|начало на препратено съобщение|persiųstas laiškas|pārsūtīts ziņojums
missatge reenviat|inici del missatge reenviat|missatge remès|comença el missatge reenviat
転送されたメッセージ|転送メッセージ|転送メール|転送されたメール|以下は転送されたメッセージです
転送されたメッセージここから|メッセージの転送|begin forwarded message
转发的邮件|转发的消息|转发邮件|已转发邮件|转发邮件信息|开始转发的邮件|下面是被转发的邮件|下面是转发的邮件
转发的信息|以下是转发的邮件|被转发的邮件|已转发的邮件
轉寄郵件|轉寄的郵件|轉寄的訊息|已轉寄郵件|開始轉寄郵件|以下是轉寄的郵件|轉發的郵件|轉寄訊息|以下為轉寄的郵件
전달된 메시지|전달된 메일|전달된 이메일|전달된 메시지 시작|전달 메시지|전달된 메시지의 시작
הודעה שהועברה|הודעה מועברת|תחילת ההודעה שהועברה
رسالة معاد توجيهها|الرسالة المعاد توجيهها|رسالة محولة|بدء الرسالة المعاد توجيهها|رسالة تمت إعادة توجيهها
tin nhắn được chuyển tiếp|thư đã chuyển tiếp|pesan yang diteruskan|pesan terusan|ข้อความที่ส่งต่อ"""
)
ORIGINAL_LINES = _folded(
    """original message|original appointment|original e-mail|original email|original mail|message original
ursprüngliche nachricht|originalnachricht|ursprünglicher termin|original-nachricht|originale nachricht
message d'origine|message initial|message d’origine|mensaje original|correo original|messaggio originale
messaggio di origine|oorspronkelijk bericht|origineel bericht|mensagem original|originalmeddelande
ursprungligt meddelande|oprindelig meddelelse|original meddelelse|opprinnelig melding|original melding
wiadomość oryginalna|oryginalna wiadomość|pierwotna wiadomość|původní zpráva|originální zpráva|pôvodná správa
eredeti üzenet|eredeti levél|mesaj original|mesajul original|mesaj inițial|orijinal mesaj|orijinal ileti
özgün ileti|özgün mesaj|исходное сообщение|оригинальное сообщение|первоначальное сообщение
вихідне повідомлення|оригінальне повідомлення|початкове повідомлення|оригинално съобщение
izvorna poruka|originalna poruka|izvirno sporočilo|originalno sporočilo|alkuperäinen viesti
algne kiri|algne sõnum|algsõnum|originaalkiri|originaal kiri|oriģinālais ziņojums|pradinis laiškas
αρχικό μήνυμα|missatge original|元のメッセージ|元のメール|original message|原始邮件|原邮件|邮件原件
原始郵件|原始訊息|원본 메시지|원본 메일|הודעה מקורית|الرسالة الأصلية|رسالة أصلية|upprunaleg skilaboð"""
)
END_LINES = tuple(
    fold(words)
    for words in (
        "end of forwarded", "end forwarded", "end of original", "end original", "ende der weitergeleiteten",
        "fin du message", "fin del mensaje", "fine messaggio", "конец пересыл",
        "кінець перес", "koniec przek",
    )
)  # fmt: skip

# "On … wrote:" — how the line begins, and its verb. The verbs are searched in lower case.
_STARTS = "on am le el il op em no den w dnia på dne dňa dana în la στις στο на al v ob kl"
ATTRIBUTION_STARTS = frozenset(map(fold, _words(_STARTS)))
ATTRIBUTION_VERBS = (
    " wrote", " schrieb", " a écrit", " escribió", " ha scritto", " scrisse", " schreef", " geschreven",
    " het volgende geschreven", " escreveu", " skrev", " napisał(a)", " napisała", " napisał", " kirjoitti",
    " napsal(a)", " napsala", " napsal", " napísal(a)", " napísala", " napísal", " je napisao/la",
    " je napisao", " je napisala", " napisao je", " napisala je", " napisao", " piše", " je napisal",
    " ezt írta", " a következőt írta", " írta", " a scris", " şunu yazdı", " şunları yazdı",
    " şöyle yazdı", " şunu yazdı", " yazdı", " написал(а)", " написал", " писал(а)",
    " писал", " пишет", " написав(ла)", " написала", " написав", " пише", " έγραψε", " написа", " kirjutas",
    " rašė", " rakstīja", " va escriure", " je napisal/a", " đã viết", " menulis", " skrifaði", "のメール",
    " のメール", "さんは書きました", "写道", "寫道", "님이 작성", "작성", " כתב/ה", " כתבה", " כתב", " كتب",
)  # fmt: skip
_TIME_TEXT = """am pm a.m. p.m. uhr h hs hrs utc gmt cet cest bst est edt pst pdt ore horas at um г. р. г р
tarihinde odesílatel používateľ користувач пользователь dátummal időpontban kuupäeval kell"""
TIME_WORDS = _words(_TIME_TEXT)
ON_BEHALF = (
    " on behalf of ", " im auftrag von ", " de la part de ", " en nombre de ", " per conto di ",
    " namens ", " em nome de ", " w imieniu ", " på vegne av ", " på vegne af ", " puolesta ",
    " от имени ", " jménem ", " v mene ", " nevében ", " adına ", " în numele ",
)  # fmt: skip

_FORWARDS = """fw fwd wg tr rv enc i doorst rif vb vs pd vl trans tf doorsturen weitergeleitet weiterleitung
reenv reenviado transféré inoltro encam reencaminhar továbbítás továbbítva tov redirecționare redir i̇lt ilt
pros proslijeđeno prosleđeno posredovano edasi edastatud edastamine пересл пересылка переслано пер пр
přeposláno přeposlat preposlané preposlat předáno videresendt videresend vidarebefordrat vidare
välitetty persiųsti persiųsta πρθ προώθηση הועבר העברה 転送 转发 轉寄 轉發 전달 fs skicka"""
SUBJECT_FORWARDS = frozenset(map(fold, _words(_FORWARDS)))
_REPLIES = """re aw sv antw antwort rép rep réf odp ref res ynt yan r bls atb vá vast odg отв ha на ответ відп
απ σχετ ats rsp resp 回复 回覆 答复 返信 답장 השב تر رد atbildė"""
SUBJECT_REPLIES = frozenset(map(fold, _words(_REPLIES)))

SIGN_OFFS = _phrases(
    """best|best regards|best wishes|kind regards|warm regards|regards|many thanks|thanks|thank you
cheers|thanks and regards|thanks and best regards|thanks in advance|sincerely|yours sincerely
all the best|yours|with kind regards|with best regards|kindest regards|thanks again|respectfully
mit freundlichen grüßen|mit freundlichem gruß
mit besten grüßen|viele grüße|beste grüße|liebe grüße|freundliche grüße|schöne grüße
herzliche grüße|mfg|vg|lg|danke|vielen dank|danke und viele grüße|vielen dank und viele grüße
mit freundlichen grüssen|viele grüsse|freundliche grüsse|cordialement|bien cordialement
bien à vous|merci|merci d'avance|sincères salutations|cordiales salutations|salutations distinguées
bonne journée|saludos|un saludo
saludos cordiales|cordialmente|atentamente|gracias|muchas gracias|un cordial saludo
cordiali saluti|distinti saluti
un saluto|saluti|grazie|grazie mille|met vriendelijke groet|met vriendelijke groeten|groeten|groet
mvg|bedankt|alvast bedankt|hartelijke groet|atenciosamente|com os melhores cumprimentos|cumprimentos
obrigado|obrigada|abraço|abraços|att
med vänliga hälsningar|vänliga hälsningar|med vänlig hälsning|vänligen|hälsningar|tack på förhand
med venlig hilsen|venlig hilsen|de bedste hilsner|på forhånd tak
vennlig hilsen|med vennlig hilsen|mvh|hilsen|beste hilsen|på forhånd takk
pozdrawiam|z poważaniem|z wyrazami szacunku|pozdrawiam serdecznie|serdecznie pozdrawiam|dziękuję
ystävällisin terveisin|terveisin|parhain terveisin|kiitos|yt
lugupidamisega|parimate soovidega|tervitades|ar cieņu|pagarbiai|su pagarba
s pozdravem|s přátelským pozdravem|děkuji|s úctou|hezký den|s pozdravom|s úctou|ďakujem
lp|lep pozdrav|s poštovanjem|srdačan pozdrav|pozdrav|hvala|s spoštovanjem
üdvözlettel|tisztelettel|köszönettel|köszönöm
cu stimă|cu respect|mulțumesc|o zi bună|numai bine
saygılarımla|iyi çalışmalar|teşekkürler|selamlar|saygılar
с уважением|спасибо|с наилучшими пожеланиями|з повагою|дякую|з найкращими побажаннями|с уважение|поздрави
με εκτίμηση|ευχαριστώ|φιλικά|atentament|salutacions
よろしくお願いします|よろしくお願いいたします|敬具|此致|祝好|谢谢|顺祝商祺|謝謝|敬上|此致敬禮|감사합니다
בברכה|תודה|مع تحياتي|مع أطيب التحيات|شكرا"""
)
DEVICE_LINES = (
    "sent from my ", "sent from outlook", "get outlook for ", "sent from yahoo mail",
    "sent from mail for", "sent with proton", "sent from samsung", "von meinem ", "gesendet von meinem ",
    "gesendet von mail", "gesendet mit ", "von meinem iphone gesendet", "von meinem ipad gesendet",
    "gesendet von outlook", "envoyé de mon ", "envoyé depuis ", "envoyé à partir de ", "enviado desde ",
    "inviato da ", "inviata da ", "verstuurd vanaf ", "verzonden vanaf ", "verstuurd met ",
    "verzonden met ", "enviado do meu ", "enviado a partir d", "enviada do meu ", "skickat från ",
    "skickades från ", "hämta outlook", "sendt fra ", "hent outlook", "få outlook",
    "holen sie sich outlook", "outlook für ", "télécharger outlook", "obtenir outlook", "obtener outlook",
    "descargar outlook", "scarica outlook", "ottieni outlook", "download outlook", "outlook voor ",
    "obter o outlook", "baixar o outlook", "pobierz program outlook", "pobierz outlook", "wysłane z ",
    "wysłano z ", "odesláno z ", "odoslané z ", "získejte outlook", "stáhnout outlook",
    "poslano s mojega", "poslano iz ", "poslano s ", "lähetetty minun ", "lähetetty iphone",
    "hanki outlook", "saadetud minu ", "elküldve az ", "küldve az ", "trimis de pe ", "trimis din ",
    "iphone'umdan gönderildi", "ipad'imden gönderildi", "iphone'dan gönderildi", "отправлено с ",
    "отправлено из ", "надіслано з ", "надіслано із ", "изпратено от ", "iphoneから送信", "ipadから送信",
    "androidから送信", "发自我的", "發自我的", "從我的 iphone 傳送", "從我的iphone傳送",
    "나의 iphone에서 보냄", "내 iphone에서 보냄", "στάλθηκε από ",
)  # fmt: skip
GREETINGS = _words(
    """hi hello hey dear hallo hei liebe lieber moin bonjour hola ciao buongiorno beste goedemorgen olá
team all fyi servus salut guten hej hejsan dzień cześć witam szanowni dobrý ahoj vážený dobar bok
poštovani kedves üdvözlöm bună merhaba sayın здравствуйте привет добрый добрий вітаю tere terve
здравейте γεια bom boa buenos buenas goededag geachte"""
)
