"use strict";
// A run to slide back through: at most so many snapshots of θ, and five times as many costs.

function createHistory(most = 200) {
  const snapshots = thinned(most), costs = thinned(5 * most);

  // Records { step, … } in the order of their steps.  With more than `room` of them only those are
  // kept that are a stride apart; the first and the last are always there.
  function thinned(room) {
    let kept = [], stride = 0;
    const spaced = (records) => records.reduce((list, record, k) => {
      if (k === 0 || record.step - list.at(-1).step >= stride) list.push(record);
      return list;
    }, []);
    return {
      get list() { return kept; },
      clear: () => { kept = []; stride = 0; },
      cut: (step) => { kept = kept.filter((record) => record.step <= step); },
      add(record) {
        // the last one gives way where it is nearer than a stride to the one before it
        if (kept.length > 1 && kept.at(-1).step - kept.at(-2).step < stride) kept.pop();
        kept.push(record);
        if (kept.length <= room) return;
        stride = Math.ceil((2 * (record.step - kept[0].step)) / room);
        const last = kept.pop();
        kept = [...spaced(kept), last];
      },
    };
  }

  return {
    // E and heldE belong to θ after so many steps; heldE may be null.
    add(step, theta, E, heldE = null) {
      snapshots.add({ step, theta: theta.slice(), E, heldE });
      costs.add({ step, E, heldE });
    },
    // Forget what came after a step.
    cut(step) {
      snapshots.cut(step);
      costs.cut(step);
    },
    clear() {
      snapshots.clear();
      costs.clear();
    },
    at: (k) => snapshots.list[k],
    // The index of the snapshot whose step is nearest.
    nearest: (step) => snapshots.list.reduce((best, record, k, all) =>
      Math.abs(record.step - step) < Math.abs(all[best].step - step) ? k : best, 0),
    get length() { return snapshots.list.length; },
    get steps() { return snapshots.list.map((record) => record.step); },
    get costs() {
      const all = costs.list;
      return { steps: all.map((r) => r.step), E: all.map((r) => r.E), heldE: all.map((r) => r.heldE) };
    },
  };
}
