/**
 * The program that pools run: a cluster is told of it by its URL.
 *
 * @module
 */
import { serveActors } from "./serve-actors.js";

await serveActors();
