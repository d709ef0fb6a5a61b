/**
 * A class's name as it stands in paths: `ReplayBuffer` is `replay-buffer`, `HTTPServer` is `http-server`.
 * Whatever is no letter or digit becomes a hyphen, so that it is one part of a path.
 */
export function pathName(className: string): string {
  const words = className
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1-$2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1-$2")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
  return words.toLowerCase() || "actor";
}
