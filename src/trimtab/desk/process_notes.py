"""What governance writes into the journal, by the kind of note: who is held to what, and what shows whether it was kept.

Every note has an author and an instant of its own (`Noted.author`, `Noted.recorded`); `place` is an account, or empty for
what concerns all. Bodies are plain JSON values: dates in ISO form, weights and rates as text of exact numbers.
"""

COMMITTED = "policy.committed"  # sha256, name, hypothesis, expectations (SHA-256 of the file), own_code
PROMOTED = "policy.promoted"  # sha256, name, from, to, validation (run, ruling, failed), accepted, waived (who signed, why)
WAIVED = "policy.waived"  # sha256, why: a signature under the waiver of the months on paper
REQUESTED = "change.requested"  # id, old, new, names (of both), cause, why
SIGNED = "change.signed"  # id
CHANGED = "change.made"  # id, old, new; place: the account that follows the new policy from now on
OVERRIDE = "override"  # id, begins, ends, shifts (by asset), holds, why
OVERRIDE_ENDED = "override.ended"  # id, on (its last day), why
MONTH = "month"  # month (2018-01), policy (sha256), when (its decision), step, outcome, said
INCIDENT = "incident"  # what, series, month: data that were missing, stale or wrong when they were needed
REVIEWED = "review"  # kind (quarter, cycle), due (date), score, said, attended
MINUTES = "minutes"  # proposal, what, vote, why, revisit, pack (SHA-256), attended
MANDATE_SIGNED = "mandate.signed"  # sha256, name, version
