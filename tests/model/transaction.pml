/* Transaction steps: a migration of two in one tenant. Each step is its change and its ledger row
   in one transaction; or both steps are in one. */

#include "server.pml"

#define STEPS 2
#define FAILED 1
#define DONE 2

/* Messages: which steps (a bit each), and what else. */
#define BOTH 3
#define BEGINS 4  /* the migration, so the tenant's first message */
#define RECORDS 8 /* that the step failed, which was rolled back */
#define NOTES 16  /* SPLIT: the ledger row alone */

bit begun; /* tenant_migration has the row, */
byte left; /* with so many steps left */
byte state[STEPS];
byte attempt[STEPS]; /* 0: step has no row */
byte effect[STEPS];  /* how often the schema shows the change */

bit disk_begun;
byte disk_left;
byte disk_state[STEPS];
byte disk_attempt[STEPS];
byte disk_effect[STEPS];

inline to_disk() {
  disk_begun = begun;
  disk_left = left;
  disk_state[0] = state[0];
  disk_state[1] = state[1];
  disk_attempt[0] = attempt[0];
  disk_attempt[1] = attempt[1];
  disk_effect[0] = effect[0];
  disk_effect[1] = effect[1];
}

inline from_disk() {
  begun = disk_begun;
  left = disk_left;
  state[0] = disk_state[0];
  state[1] = disk_state[1];
  attempt[0] = disk_attempt[0];
  attempt[1] = disk_attempt[1];
  effect[0] = disk_effect[0];
  effect[1] = disk_effect[1];
}

#define all_done (begun && left == 0 && state[0] == DONE && state[1] == DONE)
#define counted (!begun || left == (state[0] != DONE) + (state[1] != DONE))

hidden byte never_twice;
hidden byte never_lost;
hidden byte never_untold;
hidden byte on_disk;

inline look() {
  d_step {
    never_twice = effect[0] <= 1 && effect[1] <= 1;
    never_lost = (state[0] != DONE || effect[0] > 0) && (state[1] != DONE || effect[1] > 0);
    never_untold = (state[0] == DONE || effect[0] == 0) && (state[1] == DONE || effect[1] == 0);
    assert(never_twice);
#ifndef SPLIT
    assert(never_lost);
    assert(never_untold);
    assert(counted);
#endif
  }
}

/* What a run says when it ends stays true, whatever becomes of the server. */
inline say_done() {
  d_step {
    on_disk = disk_begun && disk_left == 0 && disk_effect[0] == 1 && disk_effect[1] == 1;
    assert(on_disk);
  }
}

/* What a message names: the attempts that its runner has read. */
typedef Attempts {
  byte step[STEPS];
}
Attempts named[SESSIONS];

#define is(s, what) ((message[s] & (what)) != 0)
#define has(s, i) is(s, 1 << (i))
#define as_read(s, i) (attempt[i] == named[s].step[i] && state[i] != DONE)

inline forget(s) {
  named[s].step[0] = 0;
  named[s].step[1] = 0;
}

inline give_up(s) { skip; }

#define may_go(s) 1

/* Functions start, done and failed of the ledger, then the change, then COMMIT: one step, as nobody
   sees a part of it, and as a second transaction waits for the first one's row. */
inline perform(s) {
  d_step {
    fits = 1;
    if
#ifndef NO_CAS
    :: is(s, BEGINS) && begun -> fits = 0; /* start hits no row */
    :: !is(s, BEGINS) && !begun && !is(s, RECORDS) -> fits = 0;
#endif
#if !defined(NO_CAS) && !defined(NO_STEP_CAS)
    :: !is(s, BEGINS) && has(s, 0) && !as_read(s, 0) -> fits = 0;
    :: !is(s, BEGINS) && has(s, 1) && !as_read(s, 1) -> fits = 0;
#endif
    :: else -> skip;
    fi;
  }
  if
  :: !fits -> answer[s] = CONFLICT;
  :: fits && faults > 0 && !is(s, RECORDS | NOTES) -> faults--; answer[s] = ERROR;
  :: fits ->
       d_step {
         if
         :: is(s, BEGINS) ->
              begun = 1;
              left = STEPS;
              state[0] = NONE;
              state[1] = NONE;
              attempt[0] = 0;
              attempt[1] = 0;
         :: else -> skip;
         fi;
         i = 0;
         do
         :: i < STEPS && has(s, i) ->
              attempt[i] = named[s].step[i] + 1;
              if
              :: is(s, RECORDS) -> state[i] = FAILED;
              :: !is(s, RECORDS) ->
#ifdef SPLIT
                   if
                   :: is(s, NOTES) -> state[i] = DONE; left--;
                   :: else -> attempt[i] = named[s].step[i]; effect[i]++;
                   fi;
#else
                   state[i] = DONE;
                   effect[i]++;
                   if
                   :: left > 0 -> left--;
                   :: else -> skip;
                   fi;
#endif
              fi;
              i++;
         :: i < STEPS && !has(s, i) -> i++;
         :: i >= STEPS -> break;
         od;
         i = 0;
         answer[s] = OK;
         committed();
       }
  fi;
  fits = 0;
  message[s] = NONE;
}


/* What was in memory, so that equal states are one. */
inline forget_all() {
  s = 0;
  got = 0;
  what = 0;
  resumes = 0;
  begins = 0;
  attempts[0] = 0;
  attempts[1] = 0;
  done[0] = 0;
  done[1] = 0;
}

proctype Runner(byte r) {
  byte s;                /* its session */
  byte got;              /* the answer */
  bit resumes;           /* the ledger has to be read */
  bit ran;               /* there was something to do, so the run is recorded */
  bit begins;            /* the migration has not begun, as far as this runner knows */
  byte attempts[STEPS];  /* as last read or written */
  bit done[STEPS];
  byte what;

process: /* a process is started */
  atomic { control_gone[r] = 0; ran = 0; }

survey: /* where the tenant stands; without the lease */
  atomic {
    control_gone[r] = 0;
    if
    :: all_done -> goto finish;
    :: else -> resumes = begun;
    fi;
  }

work:
  atomic {
    connect(r, s);
    ran = 1;
    if
    :: lease != NOBODY -> resumes = 1; /* busy: put aside, and read when its turn comes */
    :: else -> skip;
    fi;
  }
turn:
  atomic {
    take_lease(s);
ledger:
    on_session();
    if
    :: resumes && begun ->
         begins = 0;
         attempts[0] = attempt[0];
         attempts[1] = attempt[1];
         done[0] = (state[0] == DONE);
         done[1] = (state[1] == DONE);
    :: !(resumes && begun) ->
         begins = 1;
         attempts[0] = 0;
         attempts[1] = 0;
         done[0] = 0;
         done[1] = 0;
    fi;
  }

unit:
  atomic {
    on_session();
    if
    :: !done[0] && !done[1] -> what = BOTH;
    :: !done[0] -> what = 1;
    :: done[0] && !done[1] -> what = 2;
    :: done[0] && done[1] -> goto through;
    fi;
    named[s].step[0] = attempts[0];
    named[s].step[1] = attempts[1];
    send(s, what | (begins -> BEGINS : 0));
  }
  atomic {
    receive(s);
    if
    :: got == CONFLICT -> resumes = 1; what = 0; goto ledger;
    :: got == ERROR -> goto trouble;
    :: got == OK -> skip;
    fi;
  }
#ifdef SPLIT
  atomic { send(s, what | NOTES); }
  atomic { receive(s); }
#endif
  atomic {
    begins = 0;
    done[0] = done[0] || (what & 1);
    done[1] = done[1] || (what & 2);
    what = 0;
    goto unit;
  }

trouble: /* rolled back: it is put aside and tried again, or has failed */
  if
  :: atomic { release(s); resumes = 1; what = 0; goto turn; }
  :: atomic {
       on_session();
       /* What failed before the migration began has its own count. */
       named[s].step[0] = attempt[0];
       what = (what == BOTH -> 1 : what);
       named[s].step[what - 1] = attempt[what - 1];
       send(s, what | RECORDS);
     }
     atomic { receive(s); close(s); }
     goto killed; /* somebody mends it, and starts the program again */
  fi;

through:
  close(s);
  atomic { forget_all(); goto survey; }

lost: /* connected again; then the lease, then the ledger */
  atomic { forget_all(); resumes = 1; goto work; }

killed:
  atomic { forget_all(); goto process; }

finish:
  atomic {
    if
    :: ran -> /* its end is committed as everybody else commits, and waits for all before it */
#ifndef NO_FLUSH
         flush();
#else
         skip;
#endif
    :: !ran -> /* it has found nothing to do: what others did without waiting it waits for */
#ifndef NOTHING_TO_DO_IS_ON_DISK
         flush();
#else
         skip;
#endif
    fi;
#ifndef NO_SECOND_LOOK
    if
    :: control_gone[r] -> control_gone[r] = 0; goto survey;
    :: else -> skip;
    fi;
#endif
    say_done();
    ran = 0;
  }
}

#include "faults.pml"
