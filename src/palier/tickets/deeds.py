"""What may be done to a ticket, in words: for the sentence that says it cannot be done."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "adopt": ("take this request over", "reprendre cette demande"),
    "agree-estimate": ("agree to the estimate", "accepter l’estimation"),
    "assign": ("assign this request", "attribuer cette demande"),
    "book-time": ("book time on this request", "saisir du temps sur cette demande"),
    "change-severity": ("change the severity", "changer la gravité"),
    "choose": ("choose a way forward", "choisir une suite"),
    "classify": ("classify this request", "classer cette demande"),
    "close": ("close this request", "fermer cette demande"),
    "complete": ("complete this request", "compléter cette demande"),
    "contest": ("contest what was decided", "contester ce qui a été décidé"),
    "decline": ("decline this request", "écarter cette demande"),
    "estimate": ("give an estimate", "donner une estimation"),
    "follow": ("follow this request", "suivre cette demande"),
    "free": ("lift the hold", "lever la mise en attente"),
    "hand-over": ("hand this request over", "transmettre cette demande"),
    "link": ("link this request", "lier cette demande"),
    "merge": ("merge this request", "fusionner cette demande"),
    "move-site": ("move this request to another place", "rattacher cette demande à un autre lieu"),
    "note": ("write a note", "écrire une note"),
    "rank": ("rank this request", "classer cette demande parmi les autres"),
    "rate": ("rate this request", "noter cette demande"),
    "relieve": ("declare relief", "déclarer le rétablissement"),
    "reopen": ("reopen this request", "rouvrir cette demande"),
    "reply": ("write in this request", "écrire dans cette demande"),
    "resolve": ("resolve this request", "résoudre cette demande"),
    "restrict": ("restrict who sees this request", "restreindre qui voit cette demande"),
    "resume": ("let the clock run again", "faire repartir l’horloge"),
    "reverse-time": ("take booked time back", "annuler du temps saisi"),
    "revoke-relief": ("take the relief back", "retirer le rétablissement"),
    "snooze": ("put this request aside", "mettre cette demande de côté"),
    "split": ("split this request", "scinder cette demande"),
    "tag": ("tag this request", "étiqueter cette demande"),
    "wait": ("let this request wait", "mettre cette demande en attente"),
    "watch": ("watch this request", "suivre cette demande"),
    "withdraw-choice": ("take the choice back", "revenir sur ce choix"),
}
"""What follows `you cannot` and `vous ne pouvez pas`, by the action's id."""


def sentence(action: str) -> tuple[str, str]:
    """That somebody cannot do this to a ticket as it stands, in English and in French, with the way out."""
    en, fr = WORDS[action]
    return (
        f"You cannot {en}: the request does not stand where that is possible, or you do not have the right. "
        "Reload the page to see what can be done.",
        f"Vous ne pouvez pas {fr} : l’état de la demande ne le permet pas, ou vous n’en avez pas le droit. "
        "Rechargez la page pour voir ce qui est possible.",
    )
