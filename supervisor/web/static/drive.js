// Driving: nothing of it is there unless the server says that whoever looks may.
export class Driver {
  constructor(last) {
    this.last = last;
  }
  me() {}
  words() {}
  button() {
    return null;
  }
}
