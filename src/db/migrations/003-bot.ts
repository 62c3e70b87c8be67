import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Plain statements, portable except for the search table. */
const statements = [
  `create table bot_cursors (account_id integer primary key references accounts(id), seq integer not null)`,
  `create table bot_chats (
    chat_id integer primary key references chats(id) on delete cascade,
    account_id integer not null,
    human_until integer,
    human_operator integer,
    human_conversation integer,
    opted_out_at integer,
    last_fallback_at integer,
    summary text,
    summary_through integer
  )`,
  `create index bot_chats_human on bot_chats(human_until) where human_until is not null`,
  `create table bot_turns (
    id integer primary key autoincrement,
    account_id integer not null,
    chat_id integer not null references chats(id) on delete cascade,
    kind text not null,
    state text not null,
    first_message_id integer,
    last_message_id integer,
    opened_at integer not null,
    due_at integer not null,
    aborts integer not null default 0,
    attempts integer not null default 0,
    finished_at integer,
    outcome text,
    reason text,
    answer text,
    model text,
    prompt_version text,
    prompt_hash text,
    input_tokens integer not null default 0,
    output_tokens integer not null default 0,
    model_ms integer not null default 0,
    overhead_ms integer not null default 0,
    cost real,
    message_ids text not null default '[]'
  )`,
  // A chat has at most one running turn and one that waits.
  `create unique index bot_turns_open on bot_turns(chat_id, state) where state <> 'done'`,
  `create index bot_turns_due on bot_turns(due_at) where state = 'collecting'`,
  `create index bot_turns_chat on bot_turns(chat_id, id)`,
  `create index bot_turns_account on bot_turns(account_id, id)`,
  `create index bot_turns_finished on bot_turns(chat_id, finished_at)`,
  `create table bot_tool_calls (
    turn_id integer not null references bot_turns(id) on delete cascade,
    idx integer not null,
    name text not null,
    nth integer not null,
    arguments text not null,
    ok integer not null,
    result text not null,
    created_at integer not null,
    primary key (turn_id, idx)
  )`,
  `create unique index bot_tool_calls_nth on bot_tool_calls(turn_id, name, nth)`,
  `create table bot_blocks (
    id integer primary key autoincrement,
    turn_id integer not null references bot_turns(id) on delete cascade,
    account_id integer not null,
    attempt integer not null,
    rule text not null,
    detail text not null,
    draft text not null,
    created_at integer not null
  )`,
  `create index bot_blocks_turn on bot_blocks(turn_id)`,
  `create index bot_blocks_account on bot_blocks(account_id, created_at)`,
  `create table bot_usage (
    account_id integer not null,
    chat_id integer not null,
    day text not null,
    replies integer not null,
    tokens integer not null,
    cost real not null,
    primary key (account_id, chat_id, day)
  )`,
  `create table knowledge (
    id integer primary key autoincrement,
    account_id integer not null references accounts(id),
    title text not null,
    body text not null,
    created_at integer not null,
    updated_at integer not null
  )`,
  `create unique index knowledge_title on knowledge(account_id, title)`,
  // Passages of the documents, searched without regard to accents.
  `create virtual table knowledge_search using fts5(
    title, passage, account_id unindexed, knowledge_id unindexed, tokenize = 'unicode61 remove_diacritics 2'
  )`,
  `create table appointments (
    id integer primary key autoincrement,
    account_id integer not null references accounts(id),
    chat_id integer not null references chats(id) on delete cascade,
    customer_id integer not null references customers(id),
    service text not null,
    starts_at integer not null,
    ends_at integer not null,
    note text,
    status text not null,
    reminder_at integer,
    reminded_at integer,
    created_at integer not null
  )`,
  // The database itself refuses two appointments with the same start.
  `create unique index appointments_start on appointments(account_id, starts_at) where status = 'booked'`,
  `create index appointments_customer on appointments(customer_id, starts_at)`,
  `create index appointments_reminder on appointments(reminder_at) where status = 'booked' and reminded_at is null`,
  `create table calendars (account_id integer primary key references accounts(id), hash text not null unique)`,
  `create table tickets (
    id integer primary key autoincrement,
    account_id integer not null references accounts(id),
    chat_id integer not null references chats(id) on delete cascade,
    customer_id integer not null references customers(id),
    subject text not null,
    description text not null,
    status text not null,
    created_at integer not null
  )`,
  `create index tickets_account on tickets(account_id, id)`,
  `create table products (
    id integer primary key autoincrement,
    account_id integer not null references accounts(id),
    sku text not null,
    name text not null,
    description text not null,
    price text not null,
    stock integer
  )`,
  `create unique index products_sku on products(account_id, sku)`,
  `create table leads (
    id integer primary key autoincrement,
    account_id integer not null references accounts(id),
    chat_id integer not null references chats(id) on delete cascade,
    customer_id integer not null references customers(id),
    product_id integer references products(id) on delete set null,
    interest text not null,
    created_at integer not null
  )`,
  `create index leads_account on leads(account_id, id)`,
]

/** Adds the assistant's tables: its turns and tool calls, takeovers, knowledge, appointments, tickets, catalogue. */
export const botTables: Migration = {
  about: 'the assistant: turns, takeovers, budgets, knowledge, appointments, tickets, catalogue, leads',
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
