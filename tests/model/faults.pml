/* The processes of the server, and what goes wrong. Included after the model's own parts. */

/* One backend a session. It carries out what it was sent, whether or not anybody waits for it; cut
   off it may as well notice, or never have got the message. Then it ends. */
proctype Backend(byte s) {
  byte i;
  bit fits;
end:
  do
  :: atomic { message[s] != NONE && may_go(s) -> perform(s); }
  :: atomic { cut[s] && message[s] != NONE -> give_up(s); message[s] = NONE; }
  :: atomic { cut[s] && message[s] == NONE -> end_session(s); }
  od
}

/* The log reaches the disk in its order, sooner or later. */
proctype LogWriter() {
end:
  do
  :: atomic { dirty -> flush(); }
  od
}

/* The server crashes and comes back: all sessions end, and what did not reach the disk is lost. */
proctype Crash() {
  byte s;
end:
  do
  :: atomic {
       faults > 0 -> faults--;
       s = 0;
       do
       :: s < SESSIONS ->
            if
            :: alive[s] && message[s] != NONE -> give_up(s);
            :: else -> skip;
            fi;
            end_session(s);
            s++;
       :: else -> break;
       od;
       s = 0;
       from_disk();
       dirty = 0;
       look();
       work_gone[0] = 1;
       work_gone[1] = 1;
       control_gone[0] = 1;
       control_gone[1] = 1;
     }
  od
}

init {
  byte i;
  atomic {
    i = 0;
    do
    :: i < SESSIONS -> run Backend(i); i++;
    :: else -> break;
    od;
    run LogWriter();
    run Crash();
    run Runner(0);
    run Runner(1);
  }
}
