/* What the models share: a server with its sessions, the lease, the disk, and everything that goes
   wrong. docs/model.md says which code each part stands for.

   A model includes this, defines the parts below, and then includes faults.pml:
     to_disk(), from_disk()  copy what is stored to what a crash leaves, and back
     may_go(s)               whether the message of session s waits for no lock
     perform(s)              its backend carries the message out, or a part of it
     give_up(s)              it ends, with the message not, or only half, carried out
     forget(s)               what its message said is cleared, so that equal states are one
     look()                  asserts what holds of every committed state */

#define RUNNERS 2
#define SESSIONS (RUNNERS + FAULTS) /* each lost connection leaves at most one backend behind */
#define NOBODY 15

#define NONE 0
#define OK 1
#define CONFLICT 2 /* LS001: rolled back, the ledger is not as it was read */
#define ERROR 3    /* rolled back, or left half way, for a reason of its own */

byte faults = FAULTS; /* how much may still go wrong */
byte lease = NOBODY;  /* the session that holds the tenant's advisory lock */
bit dirty;            /* something is committed that a crash of the server would lose */

bit alive[SESSIONS];
bit cut[SESSIONS]; /* the client is gone, or cannot be reached: nobody hears the answer */
byte message[SESSIONS];
byte answer[SESSIONS];

bit work_gone[RUNNERS];    /* the server restarted: the session of the runner's worker is gone, */
bit control_gone[RUNNERS]; /* and so is the one from which it looks at the fleet */

inline flush() {
  d_step {
    to_disk();
    dirty = 0;
  }
}

/* Once nothing can go wrong any more, it is all the same what is on the disk. */
inline committed() {
#ifdef WAITS_FOR_DISK
  to_disk();
#else
  if
  :: faults > 0 -> dirty = 1;
  :: else -> to_disk(); dirty = 0;
  fi;
#endif
  look();
}

inline connect(r, s) {
  d_step {
    s = 0;
    do
    :: s < SESSIONS && alive[s] -> s++;
    :: else -> break;
    od;
    assert(s < SESSIONS);
    alive[s] = 1;
    work_gone[r] = 0;
  }
}

/* The session ends on the server. Its lease goes last, when its transaction's fate is sealed. */
inline end_session(s) {
  d_step {
    alive[s] = 0;
    cut[s] = 0;
    message[s] = NONE;
    answer[s] = NONE;
    forget(s);
    if
    :: lease == s -> lease = NOBODY;
    :: else -> skip;
    fi;
  }
}

/* The client is gone, the backend is not. */
inline cut_off(s) {
  d_step {
    cut[s] = 1;
#ifdef LEASE_OF_CLIENT
    if
    :: lease == s -> lease = NOBODY;
    :: else -> skip;
    fi;
#endif
  }
}

inline release(s) {
  if
  :: work_gone[r] -> goto lost;
  :: !work_gone[r] && lease == s -> lease = NOBODY;
  :: !work_gone[r] && lease != s -> skip;
  fi;
}

inline send(s, what) {
  if
  :: work_gone[r] -> goto lost;
  :: !work_gone[r] -> message[s] = what;
  fi;
}

/* Waits for the answer; or the connection is lost; or the runner is killed, now or at any moment
   since its last message, as it does nothing in between that anybody could see. */
inline receive(s) {
  if
  :: work_gone[r] -> goto lost;
  :: !work_gone[r] && answer[s] != NONE -> got = answer[s]; answer[s] = NONE;
  :: !work_gone[r] && faults > 0 -> faults--; cut_off(s); goto lost;
  :: !work_gone[r] && faults > 0 -> faults--; cut_off(s); goto killed;
  fi;
}

/* Polls until it has the lease, on the session that is to do the work. */
inline take_lease(s) {
  if
  :: work_gone[r] -> goto lost;
#ifdef NO_LEASE
  :: !work_gone[r] -> skip;
#else
  :: !work_gone[r] && lease == NOBODY -> lease = s;
#endif
  fi;
}

/* Where a message is put together: the session is there. (No else: where this comes first in an
   option, spin would take it for the other option's.) */
inline on_session() {
  if
  :: work_gone[r] -> goto lost;
  :: !work_gone[r] -> skip;
  fi;
}

/* The runner's process has ended, or an attempt has: its session is closed. */
inline close(s) {
  atomic {
    if
    :: work_gone[r] -> skip;
    :: else -> end_session(s);
    fi;
  }
}
