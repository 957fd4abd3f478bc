// Vietnamese by Telex: what a word becomes when a key is struck. Tones stand as in hòa, khóa, thủy.
const TONES = { s: "\u0301", f: "\u0300", r: "\u0309", x: "\u0303", j: "\u0323" };
const TONE = /[\u0300\u0301\u0303\u0309\u0323]/g;
const HATS = { a: "â", e: "ê", o: "ô" };
const HORNS = { a: "ă", o: "ơ", u: "ư" };
const PLAIN = { â: "a", ă: "a", ê: "e", ô: "o", ơ: "o", ư: "u", đ: "d" };
const VOWEL = /[aăâeêioôơuưy]/i;

const same = (letter, like) => (letter === letter.toUpperCase() ? like.toUpperCase() : like);
const plain = (letter) => PLAIN[letter.toLowerCase()] ?? letter.toLowerCase();

// A word without its tone, and the tone.
function apart(word) {
  const open = word.normalize("NFD");
  const tone = (open.match(TONE) ?? [""]).at(-1);
  return [open.replace(TONE, "").normalize("NFC"), tone];
}

// Where the tone goes: on the letter with a mark; else by how the word ends.
function place(word) {
  const letters = [...word];
  const low = word.toLowerCase();
  let start = letters.findIndex((letter) => VOWEL.test(letter));
  if (start < 0) return -1;
  const led = (low.startsWith("qu") || low.startsWith("gi")) && VOWEL.test(letters[2] ?? "");
  if (led) start = 2;
  let end = start;
  while (end < letters.length && VOWEL.test(letters[end])) end += 1;
  for (let at = end - 1; at >= start; at -= 1) if ("ăâêôơư".includes(low[at])) return at;
  const count = end - start;
  if (count === 1) return start;
  if (count === 2) return end < letters.length ? start + 1 : start;
  return start + 1;
}

function together(word, tone) {
  const at = tone ? place(word) : -1;
  if (at < 0) return word;
  const letters = [...word];
  letters[at] = (letters[at] + tone).normalize("NFC");
  return letters.join("");
}

// Puts a hat or a horn on the last letter that can have it; "" when none can.
function marked(word, marks, only) {
  const letters = [...word];
  for (let at = letters.length - 1; at >= 0; at -= 1) {
    const bare = plain(letters[at]);
    const wanted = marks[bare];
    if (!wanted || (only && bare !== only)) continue;
    if (letters[at].toLowerCase() === wanted) return "";
    letters[at] = same(letters[at], wanted);
    if (wanted === "ơ" && at && letters[at - 1].toLowerCase() === "u" && !/^qu/i.test(word)) {
      letters[at - 1] = same(letters[at - 1], "ư");
    }
    return letters.join("");
  }
  return "";
}

export function struck(word, key) {
  const low = key.toLowerCase();
  const [bare, tone] = apart(word);
  if (low in TONES && VOWEL.test(bare)) {
    return tone === TONES[low] ? bare + key : together(bare, TONES[low]);
  }
  if (low === "z" && tone) return bare;
  if (low === "d" && /^đ$/i.test(bare)) return same(bare, "d") + key;
  if (low === "d" && /^d/i.test(bare)) return together(same(bare[0], "đ") + bare.slice(1), tone);
  if (low in HATS) {
    const hatted = marked(bare, HATS, low);
    if (hatted) return together(hatted, tone);
  }
  if (low === "w") {
    const horned = marked(bare, HORNS, "");
    return together(horned || bare + same(key, "ư"), tone);
  }
  return together(bare + key, tone);
}

// A text in which a key is struck: only its last word changes.
export function typed(text, key) {
  const at = text.search(/[\p{L}\p{M}]*$/u);
  return /^[a-z]$/i.test(key) ? text.slice(0, at) + struck(text.slice(at), key) : text + key;
}
