"""The words of the ledger."""

from enum import StrEnum


class AccountKind(StrEnum):
    """Which side of the books an account stands on."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"
    CLEARING = "clearing"


class Code(StrEnum):
    """What an account counts; there is one for every currency, and owner where it has owners."""

    STRIPE_PENDING = "stripe_pending"
    STRIPE_AVAILABLE = "stripe_available"
    PAYPAL_BALANCE = "paypal_balance"
    WISE_BALANCE = "wise_balance"
    BANK = "bank"
    DISPUTE_RECEIVABLE = "dispute_receivable"
    SELLER_PAYABLE = "seller_payable"
    SELLER_HELD = "seller_held"
    SELLER_RESERVE = "seller_reserve"
    TAX_PAYABLE = "tax_payable"
    BUYER_REFUND_DUE = "buyer_refund_due"
    PLATFORM_FEE = "platform_fee"
    TIP_FEE = "tip_fee"
    PROCESSOR_FEE = "processor_fee"
    DISPUTE_FEE = "dispute_fee"
    REFUND_LOSS = "refund_loss"
    BAD_DEBT = "bad_debt"
    TRANSFER_IN_FLIGHT = "transfer_in_flight"
    PAYOUT_IN_FLIGHT = "payout_in_flight"
    FX_CLEARING = "fx_clearing"
    SUSPENSE = "suspense"


class TransactionKind(StrEnum):
    """Why money moved."""

    SALE = "sale"
    PROCESSOR_FEE = "processor_fee"
    SETTLEMENT = "settlement"
    REFUND = "refund"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    TRANSFER = "transfer"
    PAYOUT = "payout"
    ADJUSTMENT = "adjustment"
    REVERSAL = "reversal"
