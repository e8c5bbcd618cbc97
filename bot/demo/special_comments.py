"""Comments that the story needs from certain people: one theme told by seven, and the shapes that test a renderer."""

from collections.abc import Mapping

from bot.demo.contacts import ELEANOR, YUSUF, Seat
from bot.demo.dates import Quarter
from bot.demo.planted import (
    ACME_ASKED_IN_MAY,
    BRENNERWERK_FINANCE,
    BRENNERWERK_PROCUREMENT,
    CROSS_LAST,
    KARPATY_FINANCE,
    KESTREL_DECISION_MAKER,
    KESTREL_FINANCE,
    LEAVING,
    LIKED_LAST,
    LONGEST,
    MARKUP,
    ORVANNE_FINANCE,
    ZIELONA_PROCUREMENT,
)

LONGEST_LENGTH = 10_000
"""As much as a comment may hold; whoever pasted it was cut off there."""

INVOICES: Mapping[tuple[Seat, Quarter], str] = {
    (KESTREL_DECISION_MAKER, Quarter.Q1_2026): (
        "Since the new prices every invoice differs from the order by a few hundred pounds, always in your favour. "
        "My finance team stopped paying until somebody explains."
    ),
    (ZIELONA_PROCUREMENT, Quarter.Q1_2026): (
        "Zamawiamy po cenie z oferty, faktura przychodzi z inną. Od lutego każdą trzeba reklamować."
    ),
    (BRENNERWERK_FINANCE, Quarter.Q2_2026): (
        "Seit der Preisumstellung stimmt keine Rechnung mit der Bestellung überein. Wir prüfen jede einzeln und "
        "warten auf Gutschriften."
    ),
    (BRENNERWERK_PROCUREMENT, Quarter.Q2_2026): (
        "Auftragsbestätigung: alter Preis. Rechnung: neuer Preis. Das Produkt kann nichts dafür, die Arbeit habe ich."
    ),
    (KESTREL_FINANCE, Quarter.Q2_2026): (
        "Order says 4,180, invoice says 4,556. Fourth time since February. I have written, I have called, and the "
        "next invoice is wrong again."
    ),
    (ORVANNE_FINANCE, Quarter.Q2_2026): (
        "Les montants facturés ne correspondent plus aux commandes depuis février. Les avoirs arrivent, mais un mois "
        "après."
    ),
    (KARPATY_FINANCE, Quarter.Q2_2026): (
        "Після зміни цін сума в рахунку не збігається із замовленням. Виправляють, але щоразу після нагадування."
    ),
}
"""Seven people in five accounts, all since the price change: the invoice does not match the order."""

MARTA_WILL_WRITE = (
    "Trzeci miesiąc z rzędu faktura nie zgadza się z zamówieniem. Piszę, dzwonię i nikt nie odpowiada. "
    "Proszę, żeby ktoś wreszcie to sprawdził."
)
"""What whoever plays Marta is offered to write on the demo's day."""

SPECIAL: Mapping[tuple[Seat, Quarter], str] = {
    **INVOICES,
    (
        YUSUF,
        Quarter.Q2_2026,
    ): "الأجهزة ممتازة وفريق الدعم سريع. أتمنى أن تدعم الشاشة اللغة العربية أيضًا لعمال المستودع.",
    (MARKUP, Quarter.Q2_2026): (
        "A product called *Box_A* <script>alert('XL')</script> & Co is garbage in the export, and a note with @channel "
        "in it pinged <!channel> and <@U07PIKE1> in our own chat. Otherwise fine. "
        "See [our ticket](https://tickets.example/4711), `HT-4711`."
    ),
    (LEAVING, Quarter.Q2_2026): (
        "Dejamos el contrato en junio. No es el producto: en dos años nadie nos ha visitado y la última subida llegó "
        "por correo, sin una llamada."
    ),
    (ELEANOR, Quarter.Q2_2026): (
        "Rolled out to all eleven shops without closing one of them. Whoever planned that deserves a raise."
    ),
    (LIKED_LAST, Quarter.Q3_2026): (
        "First time anybody asked the people who run the thing. Good marks, because it runs."
    ),
    (CROSS_LAST, Quarter.Q3_2026): (
        "Certificates, again. Two of our shops could not scan on Wednesday because one expired and no alarm went off."
    ),
    (ACME_ASKED_IN_MAY, Quarter.Q2_2026): (
        "Robots and terminals fight over the same Wi-Fi channel and your answer was 'buy more access points'."
    ),
}


def longest_comment() -> str:
    """A shift log pasted whole, as people do when they are asked for the reason: exactly LONGEST_LENGTH characters."""
    lines = [
        "You ask for the main reason. Here is our terminal log of the spring as I keep it for my boss, judge yourself."
    ]
    size = len(lines[0])
    entry = 0
    while size < LONGEST_LENGTH:
        lines.append(_log_line(entry))
        size += 1 + len(lines[-1])
        entry += 1
    return "\n".join(lines)[:LONGEST_LENGTH]


SPECIAL_LONGEST = (LONGEST, Quarter.Q2_2026)

_EVENTS = (
    "froze on the pick list, restarted, 6 min lost",
    "no network behind rack C although the phone next to it has four bars",
    "battery at 4 % by noon, swapped, we are out of spares now",
    "scanned the same tote twice and booked it twice, corrected by hand in the office",
    "label came out half size, reprinted three times",
    "logged itself out in the middle of a count",
    "fine all day, I write that down as well",
    "'error 0x80', gone after I took the battery out",
    "update asked for at 7:40 with eleven lorries waiting, said later, it came back every ten minutes",
    "night shift says it was dead from two to three and then it was not",
    "works again since the firmware of Tuesday, thank you for that one",
)


def _log_line(entry: int) -> str:
    week, day = divmod(entry, 5)
    weekday = ("Mon", "Tue", "Wed", "Thu", "Fri")[day]
    hour, minute = 6 + entry * 7 % 9, entry * 13 % 60
    return (
        f"wk {week + 10} {weekday} {hour:02}:{minute:02} terminal {entry * 5 % 17 + 1}: {_EVENTS[entry % len(_EVENTS)]}"
    )
