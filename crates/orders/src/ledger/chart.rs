//! The chart of accounts that receivables post to.

use kernel::words;

words! {
    /// What an account's balance means in the yearly close.
    pub enum AccountType {
        Asset = "asset",
        Liability = "liability",
        Equity = "equity",
        Revenue = "revenue",
        Expense = "expense",
    }
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

words! {
    /// What a document line sells, which decides the revenue account and whether freight rules apply.
    #[derive(Default)]
    pub enum LineKind {
        #[default]
        Service = "service",
        Recurring = "recurring",
        Product = "product",
        Freight = "freight",
        Surcharge = "surcharge",
        Fee = "fee",
    }
}

impl LineKind {
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
