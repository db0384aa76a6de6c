/* A concurrent index build of one tenant: what is about to be done is committed first, the build is
   outside of every transaction, and afterwards the catalog says whether it happened. A stranger may
   make another index by the same name, wherever that is free. */

#include "server.pml"

/* The index of that name, as the catalog has it. */
#define INVALID 1
#define VALID 2
#define STRANGERS 3 /* valid, and not the one that the step builds */

/* The step's row. */
#define RUNNING 1
#define FAILED 2
#define DONE 3

/* Messages. The two that are no transactions have a second half. */
#define BEGIN 1     /* the row is running, and the intent claims the index */
#define BUILD 2     /* CREATE INDEX CONCURRENTLY */
#define BUILDING 3  /* the index is there, and not valid */
#define DROP 4      /* DROP INDEX CONCURRENTLY */
#define DROPPING 5  /* it is not valid any more, and still there */
#define FORGET 6    /* the intent claims nothing any more */
#define FINISH 7    /* the row is done */
#define RECORD 8    /* the row is failed */

#define NAME_TAKEN 4 /* an answer: 42P07 */

byte index;
byte state;
byte attempt;
bit claimed; /* intent: has a definition */

byte disk_index;
byte disk_state;
byte disk_attempt;
bit disk_claimed;

byte built;             /* how often the step's index became valid */
byte table = NOBODY;    /* who builds or drops: SHARE UPDATE EXCLUSIVE, one at a time */
bit visited;            /* the stranger was there */

inline to_disk() {
  disk_index = index;
  disk_state = state;
  disk_attempt = attempt;
  disk_claimed = claimed;
}

/* What was built and is lost again is not there. */
inline from_disk() {
  if
  :: index == VALID && disk_index != VALID -> built--;
  :: else -> skip;
  fi;
  index = disk_index;
  state = disk_state;
  attempt = disk_attempt;
  claimed = disk_claimed;
}

hidden byte never_twice;
hidden byte never_lost;
hidden byte only_leftovers_dropped;
hidden byte own_is_known;
hidden byte on_disk;

inline look() {
  d_step {
    never_twice = built <= 1;
    never_lost = state != DONE || index == VALID;
    assert(never_twice);
    assert(never_lost);
  }
}

byte named[SESSIONS]; /* the attempt that was read */

inline forget(s) { named[s] = 0; }

/* A build or a drop that ends half way leaves what it has committed. */
inline give_up(s) {
  if
  :: table == s -> table = NOBODY;
  :: else -> skip;
  fi;
}

#define may_go(s) ((message[s] != BUILD && message[s] != DROP) || table == NOBODY)
#ifdef NO_CAS
#define as_read(s) 1
#else
#define as_read(s) (attempt == named[s] && state != DONE)
#endif

inline perform(s) {
  if
  :: (message[s] == BEGIN || message[s] == FINISH || message[s] == RECORD) && !as_read(s) ->
       answer[s] = CONFLICT;
  :: message[s] == BEGIN && as_read(s) ->
       state = RUNNING; attempt = named[s] + 1; claimed = 1;
       answer[s] = OK; committed();
  :: message[s] == FINISH && as_read(s) ->
       state = DONE; attempt = named[s] + 1;
       answer[s] = OK; committed();
  :: message[s] == RECORD && as_read(s) ->
       state = FAILED; attempt = named[s] + 1;
       answer[s] = OK; committed();
  :: message[s] == FORGET ->
       claimed = 0;
       answer[s] = OK; committed();

#ifdef IF_NOT_EXISTS
  :: message[s] == BUILD && index != NONE -> answer[s] = OK;
#else
  :: message[s] == BUILD && index != NONE -> answer[s] = NAME_TAKEN;
#endif
  :: message[s] == BUILD && index == NONE ->
       index = INVALID; table = s;
       message[s] = BUILDING; committed();
  :: message[s] == BUILDING ->
       index = VALID; built++; table = NOBODY;
       answer[s] = OK; committed();
  :: message[s] == BUILDING && faults > 0 -> /* duplicates, a deadlock, cancelled ... */
       faults--; table = NOBODY;
       answer[s] = ERROR;

  :: message[s] == DROP && index == NONE -> answer[s] = OK;
  :: message[s] == DROP && index != NONE ->
       only_leftovers_dropped = (index == INVALID); /* not what is in use, or somebody else's */
       assert(only_leftovers_dropped);
       table = s;
       message[s] = DROPPING;
  :: message[s] == DROPPING ->
       index = NONE; table = NOBODY;
       answer[s] = OK; committed();
  :: message[s] == DROPPING && faults > 0 ->
       faults--; table = NOBODY;
       answer[s] = ERROR;
  fi;
  if
  :: answer[s] != NONE -> message[s] = NONE;
  :: else -> skip;
  fi;
}

inline forget_all() {
  s = 0;
  got = 0;
  read_attempt = 0;
  ours = 0;
  found = 0;
  in_progress = 0;
  failing = 0;
}

/* Sends a message that names the attempt, and waits. */
inline ask(s, what) {
  atomic {
    on_session();
    named[s] = read_attempt;
    send(s, what);
  }
  atomic {
    receive(s);
    forget(s);
    if
    :: got == CONFLICT -> goto conflict;
    :: else -> skip;
    fi;
  }
}

inline look_at_index() {
  atomic {
    on_session();
    found = index;
    in_progress = (table != NOBODY -> message[table] == BUILDING : 0);
  }
}

/* Only where the intent claims it. */
inline drop_leftover() {
  look_at_index();
  if
  :: found == INVALID && !in_progress -> ask(s, DROP);
  :: else -> got = OK;
  fi;
}

proctype Runner(byte r) {
  byte s;
  byte got;
  byte read_attempt;
  bit ours; /* the intent claims the index */
  byte found;
  bit in_progress;
  byte failing; /* how the build ended, while what it left is cleared away */

process:
  control_gone[r] = 0;

survey:
  atomic {
    control_gone[r] = 0;
    if
    :: state == DONE -> goto finish;
    :: else -> skip;
    fi;
  }

work:
  atomic { connect(r, s); }
turn:
  atomic {
    take_lease(s);
ledger:
    on_session();
    if
    :: state == DONE -> goto through;
    :: else -> read_attempt = attempt;
    fi;
  }

create:
  atomic {
    on_session();
    ours = (read_attempt > 0 && claimed);
    found = index;
    in_progress = (table != NOBODY -> message[table] == BUILDING : 0);
  }
  if
#ifdef TRUST_RUNNING
  :: ours && found != NONE -> goto done;
#endif
#ifdef DROP_UNCLAIMED
  :: found != NONE && !ours && !in_progress -> ask(s, DROP); goto build;
#else
  :: found != NONE && !ours -> goto name_taken;
#endif
  :: found == STRANGERS && ours -> goto name_taken; /* it is not the one that the step builds */
  :: found == INVALID && ours && in_progress -> goto adopt;
  :: found == VALID && ours -> goto done;
  :: found == NONE || (found == INVALID && ours && !in_progress) -> skip;
  fi;

build:
#ifndef IF_NOT_EXISTS
  drop_leftover();
  if
  :: got == ERROR -> goto failed;
  :: else -> skip;
  fi;
#endif
#ifdef DONE_FIRST
  goto done;
#endif
#ifndef INTENT_AFTERWARDS
  ask(s, BEGIN);
  atomic { read_attempt++; }
#endif
  ask(s, BUILD);
  failing = (got == OK -> 0 : got);
#ifdef INTENT_AFTERWARDS
  ask(s, BEGIN);
  read_attempt++;
#endif
  if
  :: failing != 0 -> goto clear_away;
  :: else -> skip;
  fi;
#ifndef IF_NOT_EXISTS
  look_at_index();
  if
  :: found != VALID -> goto put_aside; /* not valid yet */
  :: else -> skip;
  fi;
#endif

done:
  ask(s, FINISH);
  goto through;

clear_away: /* an invalid unique index may reject what the application writes */
  if
  :: failing != NAME_TAKEN ->
       drop_leftover();
       if
       :: got == ERROR -> goto failed; /* the intent still claims it */
       :: else -> skip;
       fi;
  :: else -> skip;
  fi;
  ask(s, FORGET);
  goto failed;

failed: /* for a while only; or until somebody has mended it and starts the program again */
  if
  :: goto put_aside;
  :: ask(s, RECORD);
     close(s);
     goto killed;
  fi;

name_taken:
  atomic {
    own_is_known = (found == STRANGERS); /* the step's own is never taken for somebody else's */
    assert(own_is_known);
  }
  ask(s, RECORD);
  close(s);
  atomic { index != STRANGERS -> goto killed; } /* somebody renames or drops it */

adopt:
  atomic { (table == NOBODY || work_gone[r]) -> goto put_aside; }

put_aside:
  atomic { release(s); goto turn; }

conflict:
  atomic { forget(s); goto ledger; }

through:
  close(s);
  atomic { forget_all(); goto survey; }

lost:
  atomic { forget_all(); goto work; }

killed:
  atomic { forget_all(); goto process; }

finish:
  atomic {
    flush();
    if
    :: control_gone[r] -> control_gone[r] = 0; goto survey;
    :: else -> on_disk = disk_state == DONE && disk_index == VALID; assert(on_disk);
    fi;
  }
}

#include "faults.pml"

/* Somebody makes an index of that name, and takes it away again. */
active proctype Stranger() {
end:
  do
  :: atomic { index == NONE && !visited && table == NOBODY -> index = STRANGERS; visited = 1; committed(); }
  :: atomic { index == STRANGERS -> index = NONE; committed(); }
  od
}
