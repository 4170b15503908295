const VERSION = { byte: 6, bits: 0x40, kept: 0x0f };
const VARIANT = { byte: 8, bits: 0x80, kept: 0x3f };

/**
 * A random UUID (version 4, RFC 9562). crypto.randomUUID would do, but browsers offer it to secure origins alone, and a
 * gateway in one's own network may answer by plain HTTP.
 */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (const { byte, bits, kept } of [VERSION, VARIANT]) bytes[byte] = ((bytes[byte] ?? 0) & kept) | bits;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
