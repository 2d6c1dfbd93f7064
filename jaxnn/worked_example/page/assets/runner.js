"use strict";
// Training in animation frames: slowly at first, so that one sees what happens, then as many steps
// as fit into a share of each frame.

function createRunner(lab) {
  const LEAST = 11, MOST = 60, PIECES = 3; // milliseconds of training in a frame, and snapshots taken in it
  const still = matchMedia("(prefers-reduced-motion: reduce)"); // then there is no slow start
  const SLOW = 600, DOUBLED = 220; // milliseconds of one step a frame, and after which it is twice as many
  const MOST_STEPS = Address.MOST.steps;
  let until = Infinity, began = 0, drawing = 0; // drawing: milliseconds that the page takes to show a step
  let since = null; // { time, count } for the speed
  let batch = 1; // steps made at once, a piece of a frame

  // Half of the time for training, half for drawing.
  function frame() {
    if (!lab.running) return;
    const started = performance.now(), share = Math.max(LEAST, Math.min(MOST, drawing));
    const slow = until < Infinity || still.matches ? 1e5 : Math.ceil(2 ** Math.max(0, (started - began - SLOW) / DOUBLED));
    const most = Math.min(slow, Math.min(until, MOST_STEPS) - lab.trainer.count);
    let made = 0;
    while (made < most && lab.running && performance.now() - started < share) {
      const n = Math.min(batch, most - made), before = performance.now();
      lab.step(n);
      const fitting = (n * share) / PIECES / (performance.now() - before); // ∞ where the clock is too coarse
      batch = Math.max(1, Math.min(4 * n, Math.floor(fitting)));
      made += n;
    }
    measure();
    if (lab.trainer.count >= Math.min(until, MOST_STEPS)) lab.running = false;
    const trained = performance.now();
    lab.tell("trained");
    drawing = performance.now() - trained;
    if (lab.running) requestAnimationFrame(frame);
  }

  function measure() {
    const now = performance.now();
    since ??= { time: now, count: lab.trainer.count };
    if (now - since.time < 500) return;
    lab.speed = (1000 * (lab.trainer.count - since.count)) / (now - since.time);
    since = { time: now, count: lab.trainer.count };
  }

  function run(steps) {
    if (lab.running) return;
    if (lab.past !== null) lab.showNewest();
    [until, began, drawing, batch, since] = [steps, performance.now(), 0, 1, null];
    lab.speed = null;
    lab.running = true;
    lab.tell("state");
    requestAnimationFrame(frame);
  }

  return {
    start: () => run(Infinity), // until it is paused, or no link could say how many steps were made
    // Up to a step, at full speed, as for a link that says how many were made.
    runTo: (step) => run(step),
    pause() {
      lab.running = false;
      lab.tell("trained");
    },
    step(n) {
      lab.running = false;
      lab.step(n);
      lab.tell("trained");
    },
  };
}
