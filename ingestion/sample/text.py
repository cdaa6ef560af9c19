"""What customers write above their tickets: in several languages, and a few odd lines."""

from ingestion.sample.chance import Dice
from ingestion.sample.requesters import Requester
from ingestion.sample.topics import Topic

PRODUCTS = (
    "Desk Lamp",
    "Travel Kettle",
    "Air Sensor",
    "Home Router",
    "Weather Station",
    "Bike Light",
    "Door Bell",
    "Coffee Scale",
)
ODD_SHARE = 0.01

_SUBJECTS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "delivery": (
            "Where is my order {order}?",
            "Parcel has not moved for a week",
            "Delivered to the wrong address",
            "When will {order} be shipped?",
        ),
        "return": (
            "Returning my {product}",
            "How do I send {order} back?",
            "Refund for a returned {product}",
        ),
        "order_change": (
            "Change the address of {order}",
            "Please cancel {order} before it ships",
            "Add one more {product} to {order}",
        ),
        "setup": (
            "Setting up the {product}",
            "{product}: how do I update it?",
            "Is there a manual for the {product}?",
        ),
        "defect": (
            "{product} stopped working",
            "{product} arrived damaged",
            "Strange noise from the {product}",
        ),
        "connection": (
            "{product} does not connect",
            "{product} drops off the network every night",
            "Cannot pair the {product} with the app",
        ),
        "invoice": (
            "Invoice for {order}",
            "Wrong company name on the invoice",
            "Please resend last month's invoice",
        ),
        "payment": (
            "Charged twice for {order}",
            "Card declined at checkout",
            "Refund has not arrived",
        ),
        "sign_in": (
            "Cannot sign in",
            "Password reset mail never comes",
            "Locked out after changing my phone",
        ),
        "cancellation": ("Please close my account", "Ending my subscription"),
        "feedback": ("A suggestion for the {product}", "Thank you for the quick help"),
        "outage": (
            "App is down",
            "{product} offline since this morning",
            "Is there an outage?",
            "Nothing loads, error 503",
        ),
    },
    "de": {
        "delivery": ("Wo bleibt meine Bestellung {order}?",),
        "return": ("Rücksendung: {product}",),
        "order_change": ("Lieferadresse von {order} ändern",),
        "setup": ("Hilfe beim Einrichten: {product}",),
        "defect": ("{product} ist defekt",),
        "connection": ("{product} verbindet sich nicht",),
        "invoice": ("Rechnung zu {order} fehlt",),
        "payment": ("Betrag doppelt abgebucht",),
        "sign_in": ("Anmeldung nicht möglich",),
        "cancellation": ("Kündigung meines Kontos",),
        "feedback": ("Ein Vorschlag für {product}",),
        "outage": ("Störung? Nichts geht mehr",),
    },
    "fr": {
        "delivery": ("Où est ma commande {order} ?",),
        "return": ("Retour de {product}",),
        "order_change": ("Modifier l'adresse de {order}",),
        "setup": ("Installation : {product}",),
        "defect": ("{product} ne fonctionne plus",),
        "connection": ("{product} ne se connecte pas",),
        "invoice": ("Facture de {order}",),
        "payment": ("Débité deux fois",),
        "sign_in": ("Impossible de me connecter",),
        "cancellation": ("Résiliation de mon compte",),
        "feedback": ("Une idée pour {product}",),
        "outage": ("Service en panne ?",),
    },
    "es": {
        "delivery": ("¿Dónde está mi pedido {order}?",),
        "return": ("Devolución: {product}",),
        "order_change": ("Cambiar la dirección de {order}",),
        "setup": ("Ayuda con la instalación: {product}",),
        "defect": ("{product} dejó de funcionar",),
        "connection": ("{product} no se conecta",),
        "invoice": ("Factura de {order}",),
        "payment": ("Cobro duplicado",),
        "sign_in": ("No puedo iniciar sesión",),
        "cancellation": ("Cancelar mi cuenta",),
        "feedback": ("Una sugerencia sobre {product}",),
        "outage": ("¿Hay una caída del servicio?",),
    },
    "pt": {
        "delivery": ("Onde está o meu pedido {order}?",),
        "return": ("Devolução: {product}",),
        "defect": ("{product} parou de funcionar",),
        "payment": ("Cobrança em dobro",),
        "sign_in": ("Não consigo entrar na conta",),
        "outage": ("O serviço caiu?",),
    },
    "pl": {
        "delivery": ("Gdzie jest moje zamówienie {order}?",),
        "return": ("Zwrot: {product}",),
        "defect": ("{product} przestał działać",),
        "invoice": ("Faktura do {order}",),
        "sign_in": ("Nie mogę się zalogować",),
    },
    "ar": {
        "delivery": ("أين طلبي {order}؟",),
        "return": ("إرجاع {product}",),
        "payment": ("تم الخصم مرتين",),
        "sign_in": ("لا أستطيع تسجيل الدخول",),
    },
    "ja": {
        "delivery": ("注文 {order} はいつ届きますか",),
        "return": ("{product} の返品について",),
        "defect": ("{product} が動かなくなりました",),
        "sign_in": ("ログインできません",),
    },
}
"""By language and topic; a topic that a language lacks is written of in English."""

ODD_SUBJECTS = (
    "=1+1",
    "+49 30 000000",
    "-2+3",
    "@here",
    '=HYPERLINK("https://example.com","refund")',
    "🔥🔥 urgent 🔥🔥",
    "👩‍👩‍👧‍👦 family plan?",
    "He said \"no\", then 'maybe'",
    "First line\nSecond line\r\nThird",
    "Tab\there; semicolon; comma, done",
    "<script>alert(1)</script>",
    "'; drop table tickets; --",
    "\u202eright to left\u202c",
    "שלום, המשלוח לא הגיע",
    "مرحبا =SUM(A1:A9)",
    "null",
    "   ",
    "{{ ticket.title }}",
    "100 % of {order} _missing_ \\o/",
    "Re: Re: Fwd: Re: AW: " + "very long subject " * 12,
)

RATING_COMMENTS = {
    True: ("Quick and friendly", "Solved at once, thanks!", "Danke!", "Very clear answer", "👍"),
    False: ("Took too long", "I had to explain it three times", "Not solved", "=bad", "😡"),
}
RATING_REASONS = ("slow_reply", "not_solved", "unfriendly", "policy", "other")


def subject(topic: Topic, requester: Requester, order: str, product: str, dice: Dice) -> str:
    """The line above a ticket, in the requester's language where there is one for it."""
    if dice.happens(ODD_SHARE):
        return dice.pick(ODD_SUBJECTS)
    lines = _SUBJECTS[requester.language].get(topic.name) or _SUBJECTS["en"][topic.name]
    return dice.pick(lines).format(order=order, product=product)
