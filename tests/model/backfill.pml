/* A backfill of one tenant: an UPDATE that must not touch a row twice, in batches, each in one
   transaction with its checkpoint; in the key's order, or in strides over a chunk of keys. */

#include "server.pml"

#define KEYS 3 /* 1 to 3; the bound, which is taken before the first batch */
#define RUNNING 1
#define DONE 2

/* Messages. */
#define BEGIN 1  /* the row is running, and the checkpoint there */
#define BATCH 2  /* rows and checkpoint */
#define FINISH 3 /* the row is done */
#define ROWS 4   /* CHECKPOINT_APART: the rows alone */
#define NOTE 5   /* CHECKPOINT_APART: the checkpoint alone */

typedef Checkpoint {
  byte version; /* 0: there is none */
  byte cursor;  /* the last key done */
  byte end;     /* of the chunk in work; 0: there is none */
  byte strides;
  byte stride;
  byte at; /* the last key done in this stride; 0: none of it */
}

byte state; /* of the step's row */
byte attempt;
Checkpoint point;
byte changed[KEYS + 1]; /* how often each row was */

byte disk_state;
byte disk_attempt;
Checkpoint disk_point;
byte disk_changed[KEYS + 1];

#define copy(to, from) \
  to.version = from.version; to.cursor = from.cursor; to.end = from.end; \
  to.strides = from.strides; to.stride = from.stride; to.at = from.at
#define clear(what) \
  what.version = 0; what.cursor = 0; what.end = 0; what.strides = 0; what.stride = 0; what.at = 0

inline to_disk() {
  disk_state = state;
  disk_attempt = attempt;
  copy(disk_point, point);
  disk_changed[1] = changed[1];
  disk_changed[2] = changed[2];
  disk_changed[3] = changed[3];
}

inline from_disk() {
  state = disk_state;
  attempt = disk_attempt;
  copy(point, disk_point);
  changed[1] = disk_changed[1];
  changed[2] = disk_changed[2];
  changed[3] = disk_changed[3];
}

/* By the checkpoint, whether the row of a key is behind it. */
#define behind(key) \
  (key <= point.cursor || \
   (point.end != 0 && key <= point.end && \
    (key % point.strides < point.stride || \
     (key % point.strides == point.stride && key <= point.at))))
#define as_told_of(key) (changed[key] == (behind(key) -> 1 : 0))

hidden byte never_twice;
hidden byte never_lost;
hidden byte as_told;
hidden byte on_disk;

inline look() {
  d_step {
    never_twice = changed[1] <= 1 && changed[2] <= 1 && changed[3] <= 1;
    never_lost = state != DONE || (changed[1] > 0 && changed[2] > 0 && changed[3] > 0);
    as_told = as_told_of(1) && as_told_of(2) && as_told_of(3);
    assert(never_twice);
    assert(never_lost);
#ifndef CHECKPOINT_APART
    assert(as_told);
#endif
  }
}

/* What a message says: what its runner has read, how far the batch goes, where it is then. */
typedef Write {
  byte attempt;
  byte version;
  byte after; /* the batch: keys above this one, */
  byte upto;  /* up to this one, */
  byte strides;
  byte stride; /* that leave this, divided by strides */
  Checkpoint next;
}
Write write[SESSIONS];

inline forget(s) {
  write[s].attempt = 0;
  write[s].version = 0;
  write[s].after = 0;
  write[s].upto = 0;
  write[s].strides = 0;
  write[s].stride = 0;
  clear(write[s].next);
}

inline give_up(s) { skip; }

#define may_go(s) 1

#ifdef NO_CAS
#define attempt_as_read(s) 1
#else
#define attempt_as_read(s) (attempt == write[s].attempt && state != DONE)
#endif
#if defined(NO_CAS) || defined(NO_VERSION_CAS)
#define version_as_read(s) 1
#else
#define version_as_read(s) (point.version == write[s].version)
#endif

inline change_rows(s) {
  i = write[s].after + 1;
  do
  :: i <= write[s].upto ->
       if
       :: i % write[s].strides == write[s].stride -> changed[i]++;
       :: else -> skip;
       fi;
       i++;
  :: else -> break;
  od;
  i = 0;
}

inline advance_checkpoint(s) {
  copy(point, write[s].next);
  point.version = write[s].version + 1;
}

/* Functions running, checkpoint and done of the ledger, and the batch itself; then COMMIT. */
inline perform(s) {
  d_step {
    fits = 1;
    if
    :: (message[s] == BEGIN || message[s] == FINISH) && !attempt_as_read(s) -> fits = 0;
    :: message[s] == BEGIN && write[s].version == 0 && !version_as_read(s) -> fits = 0;
    :: (message[s] == BATCH || message[s] == NOTE) && !version_as_read(s) -> fits = 0;
    :: else -> skip;
    fi;
  }
  if
  :: !fits -> answer[s] = CONFLICT;
  :: fits && faults > 0 && message[s] == BATCH -> faults--; answer[s] = ERROR;
  :: fits ->
       d_step {
         if
         :: message[s] == BEGIN ->
              state = RUNNING;
              attempt = write[s].attempt + 1;
              if
              :: write[s].version == 0 -> advance_checkpoint(s);
              :: else -> skip;
              fi;
         :: message[s] == BATCH -> change_rows(s); advance_checkpoint(s);
         :: message[s] == ROWS -> change_rows(s);
         :: message[s] == NOTE -> advance_checkpoint(s);
         :: message[s] == FINISH -> state = DONE; attempt = write[s].attempt + 1;
         fi;
         answer[s] = OK;
         committed();
       }
  fi;
  fits = 0;
  message[s] = NONE;
}

inline forget_all() {
  s = 0;
  got = 0;
  resumes = 0;
  read_attempt = 0;
  upto = 0;
  clear(mine);
}

proctype Runner(byte r) {
  byte s;
  byte got;
  bit resumes;
  byte read_attempt;
  Checkpoint mine; /* as last read or written, with the chunk that is open */
  byte upto;

process:
  control_gone[r] = 0;

survey:
  atomic {
    control_gone[r] = 0;
    if
    :: state == DONE -> goto finish;
    :: else -> resumes = (attempt > 0);
    fi;
  }

work:
  atomic {
    connect(r, s);
    if
    :: lease != NOBODY -> resumes = 1;
    :: else -> skip;
    fi;
  }
turn:
  atomic {
    take_lease(s);
ledger:
    on_session();
    if
    :: resumes && state == DONE -> goto through;
    :: resumes && state != DONE -> read_attempt = attempt;
    :: !resumes -> read_attempt = 0;
    fi;
  }
#ifdef NO_LEASE
  atomic {
    if
    :: read_attempt > 2 -> goto stop; /* they could chase each other away for ever */
    :: else -> skip;
    fi;
  }
#endif

begin:
  atomic {
    on_session();
    if
    :: read_attempt > 0 -> copy(mine, point);
    :: read_attempt == 0 -> clear(mine);
    fi;
#ifdef CHUNK_IN_MEMORY
    mine.end = 0; mine.strides = 0; mine.stride = 0; mine.at = 0;
#endif
    write[s].attempt = read_attempt;
    write[s].version = mine.version;
    send(s, BEGIN);
  }
  atomic {
    receive(s);
    forget(s);
    if
    :: got == CONFLICT -> goto conflict;
    :: got == OK ->
         read_attempt++;
         if
         :: mine.version == 0 -> mine.version = 1;
         :: else -> skip;
         fi;
    fi;
  }

batch:
  atomic {
    on_session();
    if
    :: mine.end == 0 && mine.cursor == KEYS -> goto pass_over;
    :: mine.end == 0 && mine.cursor < KEYS -> /* a chunk is opened */
#ifdef FIXED_CHUNKS /* not the same for both runners */
         mine.strides = 1 + r;
         mine.end = KEYS - (1 - r) * (mine.cursor == 0);
#else
         if
         :: mine.cursor + 2 <= KEYS -> mine.end = mine.cursor + 2;
         :: mine.end = KEYS;
         fi;
         if
         :: mine.strides = 1;
         :: mine.strides = 2;
         fi;
#endif
         mine.stride = 0;
         mine.at = 0;
    :: mine.end != 0 -> skip;
    fi;
    /* The rest of the stride, or less. */
    write[s].after = (mine.at != 0 -> mine.at : mine.cursor);
    if
#ifndef FIXED_CHUNKS
    :: upto = mine.end;
#else
    :: write[s].after + 1 == mine.end -> upto = mine.end;
#endif
    :: write[s].after + 1 < mine.end -> upto = write[s].after + 1;
    fi;
    write[s].upto = upto;
    write[s].strides = mine.strides;
    write[s].stride = mine.stride;
    write[s].version = mine.version;
    copy(write[s].next, mine);
    write[s].next.at = upto;
    if
    :: upto == mine.end -> write[s].next.at = 0; write[s].next.stride = mine.stride + 1;
    :: else -> skip;
    fi;
    if
    :: write[s].next.stride == mine.strides ->
         write[s].next.cursor = mine.end;
         write[s].next.end = 0;
         write[s].next.strides = 0;
         write[s].next.stride = 0;
    :: else -> skip;
    fi;
    upto = 0;
#ifndef CHECKPOINT_APART
    send(s, BATCH);
#elif defined(NOTE_FIRST)
    send(s, NOTE);
  }
  atomic {
    receive(s);
    send(s, ROWS);
#else
    send(s, ROWS);
  }
  atomic {
    receive(s);
    send(s, NOTE);
#endif
  }
  atomic {
    receive(s);
    if
    :: got == CONFLICT -> forget(s); goto conflict;
    :: got == ERROR -> forget(s); goto trouble;
    :: got == OK ->
         copy(mine, write[s].next);
         mine.version = write[s].version + 1;
         forget(s);
         goto batch;
    fi;
  }

trouble: /* half of it is tried at once; or it is put aside. A chunk of which nothing is stored is
            chosen anew. */
  atomic {
    if
    :: mine.stride == 0 && mine.at == 0 -> mine.end = 0; mine.strides = 0;
    :: else -> skip;
    fi;
    if
    :: goto batch;
    :: release(s); resumes = 1; clear(mine); goto turn;
    fi;
  }

pass_over:
  atomic {
    on_session();
    write[s].attempt = read_attempt;
    send(s, FINISH);
  }
  atomic {
    receive(s);
    forget(s);
    if
    :: got == CONFLICT -> goto conflict;
    :: got == OK -> goto through;
    fi;
  }

conflict: /* the ledger is read again, under the same lease */
  atomic { clear(mine); resumes = 1; goto ledger; }

through:
  close(s);
  atomic { forget_all(); goto survey; }

lost:
  atomic { forget_all(); resumes = 1; goto work; }

killed:
  atomic { forget_all(); goto process; }

finish:
  atomic {
    flush();
    if
    :: control_gone[r] -> control_gone[r] = 0; goto survey;
    :: else -> on_disk = disk_state == DONE; assert(on_disk);
    fi;
  }
stop:
  skip;
}

#include "faults.pml"
