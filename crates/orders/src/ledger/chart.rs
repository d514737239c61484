//! The chart of accounts that receivables post to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an account's balance means in the yearly close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountType {
    Asset,
    Liability,
    Equity,
    Revenue,
    Expense,
}

macro_rules! chart {
    ($($variant:ident = $code:literal $name:literal $kind:ident;)+) => {
        /// A ledger account.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum LedgerAccount { $($variant),+ }

        impl LedgerAccount {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The four-digit code that rows and answers carry.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            #[must_use]
            pub const fn account_type(self) -> AccountType {
                match self { $(Self::$variant => AccountType::$kind),+ }
            }

            /// The account with this code.
            #[must_use]
            pub fn of_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|account| account.code() == code)
            }
        }
    };
}

chart! {
    Cash = "1000" "Cash" Asset;
    Receivables = "1100" "Accounts receivable control" Asset;
    Unbilled = "1150" "Unbilled receivable" Asset;
    Allowance = "1190" "Allowance for doubtful accounts" Asset;
    VendorClaims = "1320" "Vendor claims" Asset;
    Payables = "2000" "Accounts payable" Liability;
    ReceivedNotBilled = "2010" "Received, not billed" Liability;
    PayablesInDispute = "2020" "Accounts payable in dispute" Liability;
    SalesTax = "2100" "Sales tax" Liability;
    UnappliedCash = "2200" "Unapplied cash" Liability;
    UnappliedCredits = "2210" "Unapplied credits" Liability;
    DeferredRevenue = "2300" "Deferred revenue" Liability;
    RetainedEarnings = "3900" "Retained earnings" Equity;
    ServiceRevenue = "4000" "Service revenue" Revenue;
    RecurringRevenue = "4010" "Recurring revenue" Revenue;
    ProductRevenue = "4020" "Product revenue" Revenue;
    FreightBilled = "4030" "Freight billed" Revenue;
    Surcharges = "4040" "Surcharges" Revenue;
    Fees = "4080" "Late and returned-payment fees" Revenue;
    Allowances = "4090" "Allowances" Revenue;
    DiscountsTaken = "4095" "Discounts taken" Revenue;
    VendorCost = "5000" "Vendor cost" Expense;
    FreightCost = "5010" "Freight cost" Expense;
    PriceVariance = "5090" "Price variance" Expense;
    BadDebt = "6100" "Bad debt" Expense;
    BankFees = "6150" "Bank fees" Expense;
    SmallBalance = "6160" "Small balances written off" Expense;
}

/// What a document line sells, which decides the revenue account and whether freight rules apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    #[default]
    Service,
    Recurring,
    Product,
    Freight,
    Surcharge,
    Fee,
}

impl LineKind {
    pub const NAMES: &'static [&'static str] = &["service", "recurring", "product", "freight", "surcharge", "fee"];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Recurring => "recurring",
            Self::Product => "product",
            Self::Freight => "freight",
            Self::Surcharge => "surcharge",
            Self::Fee => "fee",
        }
    }

    /// Reads a stored kind; what is unknown counts as service.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        match text {
            "recurring" => Self::Recurring,
            "product" => Self::Product,
            "freight" => Self::Freight,
            "surcharge" => Self::Surcharge,
            "fee" => Self::Fee,
            _ => Self::Service,
        }
    }

    #[must_use]
    pub const fn revenue(self) -> LedgerAccount {
        match self {
            Self::Service => LedgerAccount::ServiceRevenue,
            Self::Recurring => LedgerAccount::RecurringRevenue,
            Self::Product => LedgerAccount::ProductRevenue,
            Self::Freight => LedgerAccount::FreightBilled,
            Self::Surcharge => LedgerAccount::Surcharges,
            Self::Fee => LedgerAccount::Fees,
        }
    }
}
