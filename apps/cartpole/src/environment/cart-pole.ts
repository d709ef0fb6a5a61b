import type { Environment, Step } from "./environment.js";

const gravity = 9.8;
const cartMass = 1;
const poleMass = 0.1;
const totalMass = cartMass + poleMass;
/** Half of the pole's length, in metres. */
const length = 0.5;
/** Newton. */
const push = 10;
/** Seconds. */
const timeStep = 0.02;
/** Metres from the middle. */
const farthest = 2.4;
/** Radians: 12 degrees. */
const steepest = (12 * 2 * Math.PI) / 360;
/** Steps of an episode at most, in CartPole-v1. */
const longest = 500;

/**
 * A pole on a cart, to be balanced by pushing the cart to the left (0) or to the right (1). Each step is worth 1. The
 * observation is the cart's place and speed, and the pole's angle and angular speed: `[x, ẋ, θ, θ̇]` in m, m/s, rad, rad/s.
 *
 * The equations are those of Barto, Sutton and Anderson, "Neuronlike adaptive elements that can solve difficult learning
 * control problems" (IEEE Transactions on Systems, Man, and Cybernetics, 1983), without friction, by Euler's method; limits
 * and rewards are those of CartPole-v1.
 */
export class CartPole implements Environment {
  readonly observationShape = [4];
  readonly actions = 2;
  readonly observation = new Float32Array(4);
  #x = 0;
  #speed = 0;
  #angle = 0;
  #angularSpeed = 0;
  #steps = 0;

  /** @param random Gives numbers from 0 up to 1; an episode begins anywhere within 0.05 of the middle, at rest or nearly. */
  constructor(private readonly random: () => number) {
    this.reset();
  }

  /** Place, speed, angle and angular speed, exactly. */
  get state(): readonly [x: number, speed: number, angle: number, angularSpeed: number] {
    return [this.#x, this.#speed, this.#angle, this.#angularSpeed];
  }

  reset(): void {
    const near = () => this.random() * 0.1 - 0.05;
    this.begin([near(), near(), near(), near()]);
  }

  /** Begins an episode in a state of one's own. */
  begin([x, speed, angle, angularSpeed]: CartPole["state"]): void {
    this.#steps = 0;
    this.#enter(x, speed, angle, angularSpeed);
  }

  step(action: number): Step {
    const force = action === 1 ? push : -push;
    const cosine = Math.cos(this.#angle);
    const sine = Math.sin(this.#angle);
    const along = (force + poleMass * length * this.#angularSpeed ** 2 * sine) / totalMass;
    const turning =
      (gravity * sine - cosine * along) / (length * (4 / 3 - (poleMass * cosine ** 2) / totalMass));
    const moving = along - (poleMass * length * turning * cosine) / totalMass;
    this.#enter(
      this.#x + timeStep * this.#speed,
      this.#speed + timeStep * moving,
      this.#angle + timeStep * this.#angularSpeed,
      this.#angularSpeed + timeStep * turning,
    );
    this.#steps++;
    const terminated = Math.abs(this.#x) > farthest || Math.abs(this.#angle) > steepest;
    return { reward: 1, terminated, truncated: !terminated && this.#steps >= longest };
  }

  #enter(x: number, speed: number, angle: number, angularSpeed: number): void {
    this.#x = x;
    this.#speed = speed;
    this.#angle = angle;
    this.#angularSpeed = angularSpeed;
    this.observation[0] = x;
    this.observation[1] = speed;
    this.observation[2] = angle;
    this.observation[3] = angularSpeed;
  }
}
