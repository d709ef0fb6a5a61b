/** Longest text of an error that travels, in characters. */
const maxText = 32_768;

/**
 * The text that `read` gives, for use on values that nobody vouches for: a getter or a `toString` that
 * throws gives a note, and a text of more than 32,768 characters is cut, with a note of how much.
 */
export function textOf(read: () => unknown, fallback = "[unreadable]"): string {
  try {
    const text = String(read());
    return text.length > maxText
      ? `${text.slice(0, maxText)} [${text.length - maxText} more characters]`
      : text;
  } catch {
    return fallback;
  }
}
