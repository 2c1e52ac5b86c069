"""One ledger for grace calls, hours, incidents, events and devices: postings that only add up, never change.

This is the door to it: `entitlements` (what a programme gives, for which period), `ledger_state` (books and their laws),
`ledger_moves` (each act as moves), `ledger_chain` (seals). Rules: docs/reference/ledger.md.
"""

from __future__ import annotations

from palier.core.entitlements import Entitlement as Entitlement
from palier.core.entitlements import Period as Period
from palier.core.entitlements import counts_at as counts_at
from palier.core.entitlements import entitlement as entitlement
from palier.core.entitlements import entitlement_period as entitlement_period
from palier.core.ledger_chain import GENESIS as GENESIS
from palier.core.ledger_chain import Fault as Fault
from palier.core.ledger_chain import Posting as Posting
from palier.core.ledger_chain import Verified as Verified
from palier.core.ledger_chain import digest as digest
from palier.core.ledger_chain import head_leaf as head_leaf
from palier.core.ledger_chain import post as post
from palier.core.ledger_chain import verify as verify
from palier.core.ledger_chain import verify_chain as verify_chain
from palier.core.ledger_moves import Moves as Moves
from palier.core.ledger_moves import adjust as adjust
from palier.core.ledger_moves import bring_forward as bring_forward
from palier.core.ledger_moves import consume as consume
from palier.core.ledger_moves import give_back as give_back
from palier.core.ledger_moves import grant as grant
from palier.core.ledger_moves import release as release
from palier.core.ledger_moves import reserve as reserve
from palier.core.ledger_moves import settle as settle
from palier.core.ledger_moves import spend as spend
from palier.core.ledger_moves import transfer_in as transfer_in
from palier.core.ledger_moves import transfer_out as transfer_out
from palier.core.ledger_state import BROUGHT_FORWARD as BROUGHT_FORWARD
from palier.core.ledger_state import BY_PERIOD as BY_PERIOD
from palier.core.ledger_state import BY_TIER as BY_TIER
from palier.core.ledger_state import EMPTY as EMPTY
from palier.core.ledger_state import OVERRUN as OVERRUN
from palier.core.ledger_state import PURCHASE as PURCHASE
from palier.core.ledger_state import TRANSFER as TRANSFER
from palier.core.ledger_state import Balance as Balance
from palier.core.ledger_state import BrokenLaw as BrokenLaw
from palier.core.ledger_state import Bucket as Bucket
from palier.core.ledger_state import Cause as Cause
from palier.core.ledger_state import Insufficient as Insufficient
from palier.core.ledger_state import Kind as Kind
from palier.core.ledger_state import Lot as Lot
from palier.core.ledger_state import LotState as LotState
from palier.core.ledger_state import Move as Move
from palier.core.ledger_state import Reservation as Reservation
from palier.core.ledger_state import State as State
from palier.core.ledger_state import apply as apply
from palier.core.ledger_state import balance as balance
from palier.core.ledger_state import fold as fold
from palier.core.ledger_state import step as step
