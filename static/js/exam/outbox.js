// Answers that the server has not acknowledged, in the order in which they were given. They outlive the page, the
// browser and the power of the computer: IndexedDB, sealed with AES-GCM under a key that the server gives with each page
// of this attempt and the browser never stores. Where the browser offers neither (no TLS in the hall), they live as long
// as the page, which then asks not to be closed. Nobody waits for the disk: it is written beside the sending.
const STORE = "answers";
const KEPT = 12 * 3600 * 1000; // milliseconds after which an answer of another attempt is of no use to anybody

export function openOutbox(name, key) {
  const records = [];
  let database = null;
  let secret = null;
  const store = (mode) => database.transaction(STORE, mode).objectStore(STORE);

  async function open() {
    if (!key) throw new Error("the practice leaves nothing behind");
    const raw = Uint8Array.from(atob(key), (letter) => letter.charCodeAt(0));
    secret = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
    database = await connect();
    records.unshift(...(await restored()));
  }

  async function restored() {
    const found = [];
    for (const row of await done(store("readonly").getAll())) {
      if (row.name !== name) {
        if (Date.now() - row.at > KEPT) await done(store("readwrite").delete(row.id));
        continue;
      }
      try {
        const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv: row.iv }, secret, row.sealed);
        found.push({ ...JSON.parse(new TextDecoder().decode(text)), id: row.id });
      } catch {
        await done(store("readwrite").delete(row.id)); // damaged: nobody can tell what it was
      }
    }
    return found;
  }

  async function write(record) {
    if (!database || !records.includes(record)) return;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const { id, ...told } = record;
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, secret, new TextEncoder().encode(JSON.stringify(told)));
    const row = { name, at: Date.now(), iv, sealed };
    record.id = await done(store("readwrite").put(id === undefined ? row : { ...row, id }));
  }

  // One work on the disk after the other; the first that fails makes the page live without it.
  const ready = open().catch(() => { database = null; });
  let disk = ready;
  const later = (work) => { disk = disk.then(work).catch(() => { database = null; }); };

  return {
    records,
    ready,
    outlives: () => database !== null,
    // A newer choice takes the place of one that was not sent yet; what is under way stays as it is, since its answer
    // alone may be lost.
    put(position, answer, acknowledged) {
      const last = records.filter((one) => one.position === position).at(-1);
      const record = last && !last.isSent ? last : { position, revision: (last?.revision ?? acknowledged) + 1, isSent: false };
      Object.assign(record, answer);
      if (record !== last) records.push(record);
      later(() => write(record));
    },
    sending(record, acknowledged) {
      if (record.isSent) return;
      record.revision = Math.max(record.revision, acknowledged + 1);
      record.isSent = true;
      later(() => write(record));
    },
    erase(record) {
      records.splice(records.indexOf(record), 1);
      later(async () => { if (database && record.id !== undefined) await done(store("readwrite").delete(record.id)); });
    },
  };
}

function connect() {
  const opening = indexedDB.open("testing-centre", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "id", autoIncrement: true });
  return done(opening);
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}
