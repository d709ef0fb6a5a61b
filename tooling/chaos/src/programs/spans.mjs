// A set of whole numbers as the ends of its runs: [1, 5, 8, 8] is 1 to 5, and 8. Numbers that come nearly in order
// make few runs, however many they are.

/** Adds a number; `false` when it was in already. */
export function addTo(spans, number) {
  let at = spans.length;
  while (at > 0 && spans[at - 2] > number) at -= 2;
  // The run before `at` begins at or below the number; the one from `at` on begins above.
  if (at > 0 && spans[at - 1] >= number) return false;
  const touchesBefore = at > 0 && spans[at - 1] === number - 1;
  const touchesAfter = at < spans.length && spans[at] === number + 1;
  if (touchesBefore && touchesAfter) spans.splice(at - 1, 2);
  else if (touchesBefore) spans[at - 1] = number;
  else if (touchesAfter) spans[at] = number;
  else spans.splice(at, 0, number, number);
  return true;
}

/** All numbers of the set, in order. */
export function* numbersOf(spans) {
  for (let at = 0; at < spans.length; at += 2) {
    for (let number = spans[at]; number <= spans[at + 1]; number++) yield number;
  }
}
