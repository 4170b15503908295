/** What a column of a file can hold, by the name of its form field. */
export const ROLES = {
  text_column: "Text",
  timestamp_column: "Time",
  user_column: "Customer",
  source_column: "Source",
  external_id_column: "Id of the message",
  conversation_column: "Conversation",
  author_column: "Author",
} as const;
export type Role = keyof typeof ROLES;

/** Which column holds what; an empty name means the file has no such column. */
export type Mapping = Record<Role, string>;

/** How times may be written, by strptime format; the empty one is what is understood without a word. */
export const TIME_FORMATS: Record<string, { name: string; form: RegExp }> = {
  "": {
    name: "2026-03-01 14:30, ISO 8601, or seconds since 1970",
    form: /^(\d+(\.\d+)?|\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?( ?(Z|[+-]\d{2}:?\d{2}))?)?)$/,
  },
  "%d.%m.%Y %H:%M": { name: "31.12.2026 14:30", form: /^\d{1,2}\.\d{1,2}\.\d{4} \d{1,2}:\d{2}$/ },
  "%d.%m.%Y %H:%M:%S": { name: "31.12.2026 14:30:00", form: /^\d{1,2}\.\d{1,2}\.\d{4} \d{1,2}:\d{2}:\d{2}$/ },
  "%d/%m/%Y %H:%M": { name: "31/12/2026 14:30", form: /^\d{1,2}\/\d{1,2}\/\d{4} \d{1,2}:\d{2}$/ },
  "%m/%d/%Y %H:%M": { name: "12/31/2026 14:30", form: /^\d{1,2}\/\d{1,2}\/\d{4} \d{1,2}:\d{2}$/ },
};

const USUAL_NAMES: Record<Role, readonly string[]> = {
  text_column: ["text", "message", "body", "content", "query", "comment"],
  timestamp_column: ["timestamp", "time", "date", "created_at", "created", "sent_at", "when"],
  user_column: ["user_id", "user", "customer", "customer_id", "id_user", "client", "author_id"],
  source_column: ["source", "channel"],
  external_id_column: ["external_id", "message_id", "id", "uuid"],
  conversation_column: ["conversation_id", "conversation", "thread_id", "thread", "chat_id"],
  author_column: ["author", "author_type", "sender"],
};

const OF_AN_EXPORT = [
  ...["id", "external_id", "source", "user_id", "timestamp", "conversation_id", "author", "text"],
  ...["created_at", "status", "labelled_by", "labelled_at"],
];

/** Whether a file is an export of Earshot, of which the server knows what its columns hold and how they are written. */
export function isExport(columns: readonly string[]): boolean {
  return OF_AN_EXPORT.every((name) => columns.includes(name));
}

/** The mapping that the columns' names suggest; each column is taken once. */
export function guessed(columns: readonly string[]): Mapping {
  const known = new Map(columns.map((column) => [column.trim().toLowerCase().replaceAll(/[ -]/g, "_"), column]));
  const taken = new Set<string>();
  const find = (role: Role) => {
    const name = USUAL_NAMES[role].find((usual) => known.has(usual) && !taken.has(usual)) ?? "";
    if (name) taken.add(name);
    return known.get(name) ?? "";
  };
  return {
    text_column: find("text_column"),
    timestamp_column: find("timestamp_column"),
    user_column: find("user_column"),
    source_column: find("source_column"),
    external_id_column: find("external_id_column"),
    conversation_column: find("conversation_column"),
    author_column: find("author_column"),
  };
}

/** The first format in which every time of a sample is written; the usual one where there is none. */
export function guessedFormat(times: readonly string[]): string {
  const written = times.filter(Boolean);
  return (
    Object.keys(TIME_FORMATS).find((format) => written.every((time) => TIME_FORMATS[format]?.form.test(time))) ?? ""
  );
}
