// A third party's class: nobody here knows of actors.
export class Plain {
  greet(name) {
    return `hello ${name}`;
  }
}
