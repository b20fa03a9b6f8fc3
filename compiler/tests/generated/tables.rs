//! What the generated playbooks read.

/// A query over a table of the company.
pub struct Table {
    pub query: &'static str,
    pub connection: &'static str,
    pub sql: &'static str,
    pub item: &'static str,
    /// A column that tells one row from another.
    pub key: &'static str,
    /// A text.
    pub text: &'static str,
    /// A number, and one that can be compared with it.
    pub number: &'static str,
    pub amounts: [&'static str; 3],
}

pub const TABLES: [Table; 6] = [
    Table {
        query: "large_accounts",
        connection: "warehouse",
        sql: "select account_id, name, arr, seats from accounts where seats > 3",
        item: "account",
        key: "account_id",
        text: "name",
        number: "arr",
        amounts: ["$100", "$2,000", "$90,000"],
    },
    Table {
        query: "new_leads",
        connection: "warehouse",
        sql: "select lead_id, email, company, coalesce(score, 0) as points from leads",
        item: "lead",
        key: "lead_id",
        text: "email",
        number: "points",
        amounts: ["0.5", "10", "75"],
    },
    Table {
        query: "open_deals",
        connection: "warehouse",
        sql: "select deal_id, name, amount from deals where stage <> 'lost'",
        item: "deal",
        key: "deal_id",
        text: "name",
        number: "amount",
        amounts: ["$5,000", "$20,000", "$70,000"],
    },
    Table {
        query: "unpaid",
        connection: "billing",
        sql: "select i.invoice_id, i.status, i.amount, c.name from invoices i join customers c on c.customer_id = i.customer_id",
        item: "invoice",
        key: "invoice_id",
        text: "name",
        number: "amount",
        amounts: ["$10", "$300", "$4,000"],
    },
    Table {
        query: "staff",
        connection: "warehouse",
        sql: "select employee_id, email, salary from employees",
        item: "person_of_ours",
        key: "employee_id",
        text: "email",
        number: "salary",
        amounts: ["$1,000", "$50,000", "$90,000"],
    },
    Table {
        query: "waiting_tickets",
        connection: "support",
        sql: "select ticket_id, subject, priority from tickets where closed_on is null",
        item: "ticket",
        key: "ticket_id",
        text: "subject",
        number: "priority",
        amounts: ["1", "2", "4"],
    },
];
