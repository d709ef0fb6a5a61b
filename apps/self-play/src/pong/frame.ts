import { ballSize, fieldSize, paddleHeight, type Pong, type Side } from "./pong.js";

/** A frame: 84 × 84 pixels, row by row, each 0 or 255. */
export const frameBytes = fieldSize * fieldSize;
/** Frames of an observation, the newest last. */
export const stackSize = 4;
export const stackBytes = stackSize * frameBytes;

/** Paddles are as wide as the ball; columns of pixels where they begin. */
const ownColumn = 4;
const otherColumn = fieldSize - 8;
/** Words of a row, of four pixels each: of the paddles, and between them, where the ball is. */
const rowWords = fieldSize / 4;
const firstBallWord = 2;
const lastBallWord = rowWords - 3;

/** Draws the game as a side sees it: its own paddle is on the left. */
export function draw({ paddles, ballX, ballY }: Pong, side: Side, frame: Uint8Array): void {
  frame.fill(0);
  const other = side === 0 ? 1 : 0;
  box(frame, ownColumn, Math.round(paddles[side] - paddleHeight / 2), paddleHeight);
  box(frame, otherColumn, Math.round(paddles[other] - paddleHeight / 2), paddleHeight);
  const x = Math.round(ballX - ballSize / 2);
  const top = Math.min(fieldSize - ballSize, Math.round(ballY - ballSize / 2));
  box(frame, side === 0 ? x : fieldSize - ballSize - x, top, ballSize);
}

/** All that is drawn is four pixels wide. */
function box(frame: Uint8Array, x: number, y: number, height: number): void {
  for (let row = y; row < y + height; row++) {
    const at = row * fieldSize + x;
    frame[at] = frame[at + 1] = frame[at + 2] = frame[at + 3] = 255;
  }
}

/** Numbers that {@link look} finds in a frame. */
export const sightings = 4;

/**
 * Finds in a frame where the ball is, across and down, and both paddles: numbers from -1 to 1, which it puts into
 * `seen` from `at` on.
 */
export function look(frame: Uint8Array, seen: Float32Array, at: number): void {
  const words = new Uint32Array(frame.buffer, frame.byteOffset, frameBytes / 4);
  const ball = findBall(words);
  const row = Math.floor(ball / rowWords);
  let x = (ball % rowWords) * 4;
  while (x < fieldSize && frame[row * fieldSize + x] === 0) x++;
  seen[at] = scaled(x, fieldSize - ballSize);
  seen[at + 1] = scaled(row, fieldSize - ballSize);
  seen[at + 2] = scaled(topOf(frame, ownColumn), fieldSize - paddleHeight);
  seen[at + 3] = scaled(topOf(frame, otherColumn), fieldSize - paddleHeight);
}

/** The first word that is not black between the paddles. */
function findBall(words: Uint32Array): number {
  for (let row = 0; row < fieldSize; row++) {
    for (let word = row * rowWords + firstBallWord; word <= row * rowWords + lastBallWord; word++)
      if (words[word] !== 0) return word;
  }
  return 0;
}

function topOf(frame: Uint8Array, column: number): number {
  let row = 0;
  while (row < fieldSize - 1 && frame[row * fieldSize + column] === 0) row++;
  return row;
}

function scaled(value: number, most: number): number {
  return (2 * value) / most - 1;
}
