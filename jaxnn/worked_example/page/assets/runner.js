"use strict";
// Training in animation frames: slowly at first, so that one sees what happens, then as many steps
// as fit into a share of each frame.

function createRunner(lab) {
  const SHARE = 11, PIECES = 3; // milliseconds of a frame, and snapshots that are taken in it
  const SLOW = 40, GROWTH = 1.06; // steps made one a frame; from then on so many more each frame
  let wanted = 1, until = Infinity, frames = 0, since = null; // since: { time, count } for the speed
  let costly = 0; // milliseconds of one step, as measured

  function frame() {
    if (!lab.running) return;
    const started = performance.now(), from = lab.trainer.count;
    const most = Math.min(wanted, until - from);
    let made = 0;
    while (made < most && lab.running && performance.now() - started < SHARE) {
      const fitting = Math.max(1, Math.floor(SHARE / PIECES / (costly || 1)));
      const n = Math.min(fitting, most - made), before = performance.now();
      lab.step(n);
      costly = Math.max(1e-4, (performance.now() - before) / n);
      made += n;
    }
    frames += 1;
    if (until === Infinity && frames > SLOW) wanted = Math.min(Math.ceil(wanted * GROWTH), 1e5);
    measure();
    if (lab.trainer.count >= until) lab.running = false;
    lab.tell("trained");
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
    [wanted, until, frames, since] = [steps === Infinity ? 1 : 1e5, steps, 0, null];
    lab.speed = null;
    lab.running = true;
    lab.tell("state");
    requestAnimationFrame(frame);
  }

  return {
    start: () => run(Infinity),
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
