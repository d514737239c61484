//! The tables that are multiplied, and what has to differ from one copy of a row to the next.
//!
//! `k` is the number of the copy, from one, and `{hex}` what differs in its identifiers; `t` is the row that is copied.

/// How one table's rows are copied.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// Which of its rows are copied; `template_..` are the rows of the tables before it that are.
    pub(super) which: &'static str,
    /// Columns that hold an identifier of something that is itself copied.
    pub(super) ids: &'static [&'static str],
    /// Other columns that must differ, with what they become.
    pub(super) changed: &'static [(&'static str, &'static str)],
    /// Columns that the database fills in.
    pub(super) left_out: &'static [&'static str],
    /// Whether the copies' identifiers follow each other.
    pub(super) in_order: bool,
}

/// Tables of one service, whose copies begin with so many rows each.
pub(super) struct Group {
    pub(super) service: &'static str,
    pub(super) title: &'static str,
    /// The operations that are measured on them.
    pub(super) operations: &'static [&'static str],
    pub(super) tables: &'static [Table],
    /// What is true again once they are copied.
    pub(super) after: &'static [&'static str],
}

/// Further than any number that the API gives meanwhile.
const NUMBER: &str = "t.number + k * 1000000000";

const UNIQUE: &str = "t.number || '-' || k";

pub(super) const TICKETS: Group = Group {
    service: "tickets",
    title: "tickets with their messages and obligations",
    operations: &["a", "b", "c", "r1", "r2", "s1", "s2", "s3"],
    tables: &[
        Table {
            name: "ticket",
            which: "source_system IS NULL ORDER BY id LIMIT {base}",
            ids: &["id"],
            // The people who are searched for have as few tickets as they had.
            changed: &[("number", NUMBER), ("requester_email", "'copy' || k || 'of' || t.requester_email")],
            left_out: &[],
            in_order: false,
        },
        Table {
            name: "message",
            which: "ticket_id IN (SELECT id FROM template_ticket) AND dedupe_key IS NULL",
            ids: &["id", "ticket_id"],
            changed: &[("words_key", "t.words_key + k * 1000000000000000")],
            left_out: &[],
            in_order: false,
        },
        Table {
            name: "obligation",
            which: "ticket_id IN (SELECT id FROM template_ticket)",
            ids: &["id", "ticket_id"],
            changed: &[],
            left_out: &[],
            in_order: false,
        },
        Table {
            name: "timer",
            which: "obligation_id IN (SELECT id FROM template_obligation)",
            ids: &["obligation_id"],
            changed: &[],
            left_out: &[],
            in_order: false,
        },
    ],
    after: &[],
};

/// Orders and invoices keep two of their lines, so that a million of them fit on a usual disk.
pub(super) const ORDERS: Group = Group {
    service: "orders",
    title: "orders with two lines each",
    operations: &["f"],
    tables: &[
        Table {
            name: "service_order",
            which: "external_ref IS NULL ORDER BY id LIMIT {base}",
            ids: &["id"],
            changed: &[("number", UNIQUE)],
            left_out: &[],
            in_order: false,
        },
        Table {
            name: "service_order_line",
            which: "line_no <= 2 AND order_id IN (SELECT id FROM template_service_order)",
            ids: &["id", "order_id"],
            changed: &[],
            left_out: &[],
            in_order: false,
        },
    ],
    after: &[],
};

pub(super) const INVOICES: Group = Group {
    service: "orders",
    title: "open invoices with two lines each and their ledger entries",
    operations: &["g", "h", "j", "k"],
    tables: &[
        Table {
            name: "invoice",
            which: "open AND external_ref IS NULL ORDER BY id LIMIT {base}",
            ids: &["id"],
            changed: &[("number", UNIQUE)],
            left_out: &[],
            in_order: false,
        },
        Table {
            name: "invoice_line",
            which: "line_no <= 2 AND invoice_id IN (SELECT id FROM template_invoice)",
            ids: &["id", "invoice_id"],
            changed: &[],
            left_out: &[],
            in_order: false,
        },
        Table {
            name: "ledger_entry",
            which: "document_id IN (SELECT id FROM template_invoice)",
            ids: &["id", "document_id"],
            changed: &[],
            left_out: &["seq"],
            in_order: false,
        },
        Table {
            name: "ledger_line",
            which: "entry_id IN (SELECT id FROM template_ledger_entry)",
            ids: &["entry_id"],
            changed: &[],
            left_out: &[],
            in_order: false,
        },
    ],
    after: &["UPDATE account_balance SET receivable = (SELECT COALESCE(SUM(balance), 0) FROM invoice \
              WHERE open AND bill_to_id = account_balance.account_id AND currency = account_balance.currency)"],
};

pub(super) const STANDARD: &str = "book_id = (SELECT id FROM pricebook WHERE code = 'BENCH')";
const OF_ACCOUNTS: &str = "book_id = (SELECT id FROM pricebook WHERE code = 'OWN')";

/// Items with their prices in the standard list.
pub(super) const ITEMS: Group = Group {
    service: "pricing",
    title: "items with a price each",
    operations: &[],
    tables: &[
        Table { name: "item", which: "TRUE", ids: &["id"], changed: &[("code", UNIQUE_CODE)], left_out: &[], in_order: true },
        Table {
            name: "price_entry",
            which: STANDARD,
            ids: &["id", "item_id"],
            // The key of an entry begins with its kind and the identifier.
            changed: &[("entry_key", "'item|' || {hex} || substr(t.entry_key, 14)")],
            left_out: &[],
            in_order: true,
        },
    ],
    after: &[],
};

const UNIQUE_CODE: &str = "t.code || '-' || k";

/// Books of accounts with their only versions.
pub(super) const ACCOUNT_BOOKS: Group = Group {
    service: "pricing",
    title: "books of accounts",
    operations: &[],
    tables: &[
        Table {
            name: "pricebook",
            which: "code = 'OWN'",
            ids: &["id", "current_version_id"],
            changed: &[("code", UNIQUE_CODE)],
            left_out: &[],
            in_order: true,
        },
        Table { name: "book_version", which: OF_ACCOUNTS, ids: &["id", "book_id"], changed: &[], left_out: &[], in_order: true },
        Table {
            name: "price_entry",
            which: OF_ACCOUNTS,
            ids: &["id", "book_id", "version_id"],
            changed: &[],
            left_out: &[],
            in_order: true,
        },
    ],
    after: &[],
};
