/*
 * Role, lease, fence, reference set and hand-over of the Grid Master, with commands in flight.
 * docs/explanation/grid-master.md, section "The model", explains it case by case. model/check runs it.
 *
 * WHAT IS MODELLED
 *   N units, each with a converter (waiting, constant current, CV drooped, CV with droop 0), a lease,
 *   and the highest epoch that it has acknowledged. T tenures of the role, one after the other in the
 *   store, side by side in the world: an old one acts on until its role ends. What a tenure knows of
 *   a unit is its newest report with its age. Each unit has two commands in flight, of any tenure, in
 *   any order. The store holds the epoch and the reference set.
 *   A tenure has no plan: at any time it takes any step that the rules of fence, set, droop,
 *   dead bus and lease allow. Deals choose among these steps; the model covers every choice.
 *
 * WHAT IS ABSTRACTED, AND WHY THAT IS SOUND
 *   Time       Ticks. All timers run on them; any number of steps fits between two. All bounds are
 *              closed ("at most", "at least"), and a closed timed system reaches in whole ticks what
 *              it reaches in real time. The lengths are small and not in the proportions of the real
 *              ones: they keep the relations that the rules use (ControlTiming::is_consistent()). What
 *              hangs on other proportions is not seen. Clock drift is not modelled: the margin that
 *              real times need for it is the one tick by which FENCE and PAST exceed what they bound.
 *   Stamps     Not numbers: a command counts down from the stamp that it echoes, also in flight. One of
 *              another boot would be refused: it vanishes at the crash.
 *   Sequences  The order in the queue. What is overtaken by a command of its own or a newer epoch
 *              would be refused: it vanishes. This is a bound, not an abstraction: at most two commands
 *              to one unit are in flight at a time.
 *   Crashes    At most CRASH in a run, at most T tenures: bounds too.
 *   Reports    Question and answer are one step; that it happens is left open. A late report is one on
 *              which the tenure acts late. "Answers the newest command" is "none of this tenure is
 *              in flight": the model knows at once that a command was lost, the code does not, so the
 *              model dares more.
 *   Partition  With LOSS each exchange (report, command, store) may be late or missing for ever, each on
 *              its own. Every partition is such a pattern. Without LOSS no tick passes before all
 *              that is under way has arrived.
 *   Death      A dead Grid Master is a tenure that takes no more steps. CRASH is the end of a unit's
 *              process: the converter runs on until a supervisor stops it or the unit restarts, or for ever.
 *   Store      One step each, linearizable. A write needs the tenure's own epoch. A tenure that has been
 *              replaced sees nothing of what its successors write: the watch shows their role first.
 *   Bus        Live while any converter is in CV, dead at once afterwards: forming comes too early
 *              rather than too late. Constant currents without CV trip by the second tick.
 *   Devices    Carry out a command at once or within the stop bound. Voltages, energies, deals,
 *              authorisation and the three re-formations are not modelled: they only forbid steps.
 *
 * PROPERTIES (of control.md section 7, as far as they concern this part)
 *   S1  one CV undrooped is the only CV                            one_voltage
 *   S2  CV only within the reference set, droop 0 only alone in it in_set, alone_in_set
 *   S3  no command of an epoch below the acknowledged is obeyed    epoch_obeyed
 *   S4  no raise while a member of the set can act for an older epoch   others_fenced
 *   S5  past its bound a live unit waits                           waits_past_bound
 *   S6  droop 0 out of waiting only on a dead bus                  forms_on_dead_bus
 *   S7  no constant current outlasts the reference's lease; not to be had with TRIP or CRASH,
 *       where the currents trip by themselves                      current_ends_first
 *
 * SWITCHES
 *   N=2..4 T=1..3      units, tenures
 *   LOSS CRASH=n HAND_OVER CURRENTS TRIP    what may happen (TRIP: a converter stops by itself)
 *   NO_FENCE OLD_EPOCH_OBEYED LEASE_FROM_ARRIVAL DROOP0_UNKNOWN_PEER FORM_WITHOUT_DEAD_BUS
 *   NO_REFERENCE_SET FORGET_EPOCH NO_MARGIN LEAVE_UNCONFIRMED ENTER_UNCONFIRMED STALE_VIEW
 *   CURRENT_UNBOUNDED FORM_BESIDE_MEMBER RELEASE_EARLY END_OF_RELEASED
 *                      each breaks one rule; the model then has to fail
 *   REACH_x            turns "x happens" into an error, to show that it is reachable
 */

#ifndef N
#define N 3
#endif
#ifndef T
#define T 2
#endif
#ifndef CRASH
#define CRASH 0
#endif

/* Ticks. */
#ifdef CURRENTS
#define CC_LEASE 1
#else
#define CC_LEASE 0
#endif
#define STOP 1                    /* device_stop_bound */
#define REF_LEASE (CC_LEASE + STOP)
#define ROLE_LEASE REF_LEASE
#ifdef NO_MARGIN
#define PAST (REF_LEASE + STOP)
#else
#define PAST (REF_LEASE + STOP + 1) /* silence after which a unit heard before waits */
#endif
#define FENCE (ROLE_LEASE + STOP + 1) /* fence_bound */

/* Modes; NONE is an empty place in a queue. */
#define NONE 0
#define WAIT 1
#define CC 2
#define CVD 3 /* voltage reference, drooped */
#define CV0 4 /* voltage reference, droop 0 */
#define is_cv(m) ((m) >= CVD)

#define bit_of(u) (1 << (u))
#define has(mask, u) (((mask) >> (u)) & 1)

/* Units. */
byte mode[N] = WAIT;  /* what the converter does */
byte life[N];         /* ticks until it is off at the latest: lease and stop bound */
byte ack[N];          /* highest epoch acknowledged, durable */
byte up = bit_of(N) - 1;
byte crashes;

/* Commands in flight: place 2u is older than 2u+1. */
byte c_epoch[2 * N];
byte c_mode[2 * N];
byte c_left[2 * N];   /* ticks of validity left, counted from the stamp */

/* Store. */
byte epoch;           /* tenure t has epoch t+1 */
byte set;             /* reference set, a bit per unit */

/* Tenures. */
byte role_left[T];
byte fence_left[T];
byte view[T];         /* reference set as seen; exact for the newest tenure */
byte acked[T];        /* units that have reported in this epoch */
byte answered[T];     /* ... and then had nothing of this tenure in flight */
byte saw_dead[T];     /* ... and had measured a dead bus */
byte stamped[T];      /* ... and have not restarted since */
byte k_mode[T * N];   /* mode reported */
byte k_age[T * N];    /* ticks since the report, up to PAST */
byte k_end[T * N];    /* ticks of reference lease confirmed and left */

/* Bus: no CV for a tick. */
bool dead_for_a_tick = true;

#define known(t, u) ((t) * N + (u))

#if N == 2
#define all(P, x) (P(x, 0) && P(x, 1))
#define each(P) P(0) P(1)
#define count(P, x) (P(x, 0) + P(x, 1))
#elif N == 3
#define all(P, x) (P(x, 0) && P(x, 1) && P(x, 2))
#define each(P) P(0) P(1) P(2)
#define count(P, x) (P(x, 0) + P(x, 1) + P(x, 2))
#else
#define all(P, x) (P(x, 0) && P(x, 1) && P(x, 2) && P(x, 3))
#define each(P) P(0) P(1) P(2) P(3)
#define count(P, x) (P(x, 0) + P(x, 1) + P(x, 2) + P(x, 3))
#endif

#define cv_at(x, u) (is_cv(mode[u]) -> 1 : 0)
#define cv0_at(x, u) (mode[u] == CV0 -> 1 : 0)
#define cvs count(cv_at, 0)
#define cv0s count(cv0_at, 0)

/* ---- what a tenure may rely on ---- */

#ifdef STALE_VIEW
#define seen_set(t) view[t]
#else
#define seen_set(t) ((t) + 1 == epoch -> set : view[t])
#endif
#define may_write(t) (epoch == (t) + 1 && seen_set(t) == set)

#ifdef NO_FENCE
#define fence_is_over(t) true
#else
#define fence_is_over(t) (fence_left[t] == 0)
#endif
#define fenced(t) (fence_is_over(t) || (seen_set(t) & ~acked[t]) == 0)

#define past(t, u) (has(acked[t], u) -> k_age[known(t, u)] >= PAST : fence_is_over(t))

/* Told nothing that is still on its way, and read back. */
#define read_back(t, u) (has(answered[t], u))
#ifdef LEAVE_UNCONFIRMED
/* Told to wait is enough, although an older CV may be on its way before it. */
#define may_leave(t, u) (read_back(t, u) || newest_to(t, u) == WAIT)
#else
#define may_leave(t, u) read_back(t, u)
#endif
#ifdef ENTER_UNCONFIRMED
/* An old report and told to droop is enough, although an older droop 0 may be on its way. */
#define is_drooped(t, u) \
  (k_mode[known(t, u)] == CVD && (read_back(t, u) || newest_to(t, u) == CVD))
#else
#define is_drooped(t, u) (k_mode[known(t, u)] == CVD && read_back(t, u))
#endif
#define newest_to(t, u) \
  (c_mode[2*(u)+1] != NONE && c_epoch[2*(u)+1] == (t)+1 -> c_mode[2*(u)+1] : \
   (c_mode[2*(u)] != NONE && c_epoch[2*(u)] == (t)+1 -> c_mode[2*(u)] : NONE))
#define drooped_beside(t, u, v) \
  ((v) != (u) && has(seen_set(t), v) && is_drooped(t, v) && k_age[known(t, v)] == 0)

/* Some unit other than u is read back drooped and was heard just now. */
#if N == 2
#define drooped_peer(t, u) (drooped_beside(t, u, 0) || drooped_beside(t, u, 1))
#define best_end(t) best2(t)
#elif N == 3
#define drooped_peer(t, u) \
  (drooped_beside(t, u, 0) || drooped_beside(t, u, 1) || drooped_beside(t, u, 2))
#else
#define drooped_peer(t, u) \
  (drooped_beside(t, u, 0) || drooped_beside(t, u, 1) || drooped_beside(t, u, 2) || \
   drooped_beside(t, u, 3))
#endif

#define fresh(t, u) (has(acked[t], u) && k_age[known(t, u)] <= 1)
#define waits_if_fresh(t, u) (!fresh(t, u) || k_mode[known(t, u)] == WAIT)
#define live_if_fresh(t, u) (!fresh(t, u) || has(saw_dead[t], u))
#define witness(t, u) (fresh(t, u) && has(saw_dead[t], u) -> 1 : 0)
#ifdef FORM_WITHOUT_DEAD_BUS
#define bus_is_dead(t) all(waits_if_fresh, t)
#else
#define bus_is_dead(t) \
  (all(waits_if_fresh, t) && all(live_if_fresh, t) && count(witness, t) >= 2)
#endif
#define out_of_the_way(t, u) (!has(seen_set(t), u) || past(t, u))

/* ---- properties ---- */

#ifdef NO_REFERENCE_SET
#define in_set(u) true
#define alone_in_set(u) true
#else
#define in_set(u) (!is_cv(mode[u]) || has(set, u))
#define alone_in_set(u) (mode[u] != CV0 || set == bit_of(u))
#endif
#define in_set_(x, u) in_set(u)
#define alone_(x, u) alone_in_set(u)
#define one_voltage (cv0s == 0 || cvs == 1)
#define forms_on_dead_bus(u, m) ((m) != CV0 || is_cv(mode[u]) || cvs == 0)
#define epoch_obeyed(u, e) ((e) >= ack[u])
#define older_in_flight(t, i) (c_mode[i] != NONE && c_epoch[i] < (t) + 1)
#define other_fenced(t, u) \
  (!has(seen_set(t), u) || !has(up, u) || ack[u] >= (t) + 1 || \
   (mode[u] == WAIT && !older_in_flight(t, 2*(u)) && !older_in_flight(t, 2*(u)+1)))
#define others_fenced(t) all(other_fenced, t)
#define bound_is_over(t, u) \
  (has(acked[t], u) -> has(stamped[t], u) && k_age[known(t, u)] >= PAST : fence_left[t] == 0)
#define waits_past_bound(t, u) \
  (mode[u] == WAIT || !has(up, u) || ack[u] > (t) + 1 || !bound_is_over(t, u))
#define running_current(x, u) (has(up, u) && mode[u] == CC && life[u] > 0 -> 1 : 0)
#define current_ends_first (cvs > 0 || count(running_current, 0) == 0)

inline check_voltage() {
  assert(one_voltage);
  assert(all(in_set_, 0));
  assert(all(alone_, 0));
}

/* ---- commands in flight ---- */

inline empty_place(i) {
  c_epoch[i] = 0; c_mode[i] = NONE; c_left[i] = 0
}

inline close_gap(u) {
  if
  :: c_mode[2*(u)] == NONE && c_mode[2*(u)+1] != NONE ->
     c_epoch[2*(u)] = c_epoch[2*(u)+1]; c_mode[2*(u)] = c_mode[2*(u)+1];
     c_left[2*(u)] = c_left[2*(u)+1]; empty_place(2*(u)+1)
  :: else
  fi
}

/* Refused on arrival: of an epoch below what the unit has acknowledged. */
inline drop_refused(u) {
#ifndef OLD_EPOCH_OBEYED
  if :: c_epoch[2*(u)+1] < ack[u] -> empty_place(2*(u)+1) :: else fi;
  if :: c_epoch[2*(u)] < ack[u] -> empty_place(2*(u)) :: else fi;
  close_gap(u)
#else
  skip
#endif
}

#define lease_of(m) ((m) == CC -> CC_LEASE : REF_LEASE)
#define smaller(a, b) ((a) < (b) -> (a) : (b))
#define stamp_left(t, u, m) (lease_of(m) - smaller(lease_of(m), k_age[known(t, u)]))
#define validity(t, u, m) smaller(stamp_left(t, u, m), role_left[t])

#ifdef FLIGHT
#define on_the_way(x, u) ((c_mode[2*(u)] == NONE -> 0 : 1) + (c_mode[2*(u)+1] == NONE -> 0 : 1))
#define room_in_flight (count(on_the_way, 0) < FLIGHT)
#else
#define room_in_flight true
#endif
#define can_send(t, u, m, left) \
  (room_in_flight && can_send_(t, u, m, left))
#define can_send_(t, u, m, left) \
  (has(stamped[t], u) && not_refused(t, u) && (left) > 0 && c_mode[2*(u)+1] == NONE && \
   !(newest_to(t, u) == (m) && newest_left(u) >= (left)))
#define newest_left(u) c_left[2*(u)]
#ifdef OLD_EPOCH_OBEYED
#define not_refused(t, u) true
#else
#define not_refused(t, u) (ack[u] <= (t) + 1)
#endif

#define send(t, u, m, left) \
  if \
  :: c_mode[2*(u)] == NONE -> \
     c_epoch[2*(u)] = (t) + 1; c_left[2*(u)] = left; c_mode[2*(u)] = m \
  :: else -> \
     c_epoch[2*(u)+1] = (t) + 1; c_left[2*(u)+1] = left; c_mode[2*(u)+1] = m \
  fi; \
  answered[t] = answered[t] & ~bit_of(u)

inline arrive(u, i) {
  assert(epoch_obeyed(u, c_epoch[i]));
  assert(forms_on_dead_bus(u, c_mode[i]));
  reached(c_mode[i], mode[u], u);
  mode[u] = c_mode[i];
  ack[u] = (c_epoch[i] > ack[u] -> c_epoch[i] : ack[u]);
  if
  :: mode[u] == WAIT -> life[u] = 0
#ifdef LEASE_FROM_ARRIVAL
  :: else -> life[u] = lease_of(mode[u]) + STOP
#else
  :: else -> life[u] = c_left[i] + STOP
#endif
  fi;
  /* What it overtakes is refused by its sequence or epoch. */
#ifdef OLD_EPOCH_OBEYED
  if :: i == 2*(u)+1 && c_epoch[2*(u)] == c_epoch[i] -> empty_place(2*(u)) :: else fi;
  empty_place(i);
  close_gap(u);
#else
  if
  :: i == 2*(u)+1 && c_epoch[2*(u)] <= c_epoch[i] -> empty_place(2*(u))
  :: else
  fi;
  empty_place(i);
  close_gap(u);
  drop_refused(u);
#endif
  still_dead();
  check_voltage()
}

inline still_dead() {
  dead_for_a_tick = dead_for_a_tick && cvs == 0
}

/* ---- steps of a unit ---- */

inline stop(u) {
  mode[u] = WAIT; life[u] = 0
}

inline crash(u) {
  crashes++;
  up = up & ~bit_of(u);
  life[u] = 0;
  empty_place(2*(u)); empty_place(2*(u)+1);
  stamped[0] = stamped[0] & ~bit_of(u);
#if T > 1
  stamped[1] = stamped[1] & ~bit_of(u);
#endif
#if T > 2
  stamped[2] = stamped[2] & ~bit_of(u);
#endif
}

inline restart(u) {
  up = up | bit_of(u);
  stop(u);
#ifdef FORGET_EPOCH
  ack[u] = 0
#else
  ack[u] = epoch
#endif
}

/* ---- steps of a tenure ---- */

inline forget_tenure(t) {
  view[t] = 0; acked[t] = 0; answered[t] = 0; saw_dead[t] = 0; stamped[t] = 0;
  fence_left[t] = 0; role_left[t] = 0;
#define forget(u) k_mode[known(t, u)] = 0; k_age[known(t, u)] = 0; k_end[known(t, u)] = 0;
  each(forget)
#undef forget
}

/* A tenure that has been replaced writes no set any more. */
#define drop_old(t, u) \
  if \
  :: k_age[known(t, u)] > 1 -> \
     k_age[known(t, u)] = 2; k_mode[known(t, u)] = WAIT; answered[t] = answered[t] & ~bit_of(u) \
  :: else \
  fi;

inline take_role() {
  if
  :: epoch > 0 ->
     view[epoch - 1] = seen_set(epoch - 1);
#define old_known(u) drop_old(epoch - 1, u)
     each(old_known)
#undef old_known
  :: else
  fi;
#ifdef STALE_VIEW
  if :: epoch > 0 -> view[epoch] = view[epoch - 1] :: else fi;
#endif
  role_left[epoch] = ROLE_LEASE;
  fence_left[epoch] = FENCE;
  epoch++
}

inline hear(t, u) {
  if
  :: ack[u] < t + 1 -> ack[u] = t + 1; drop_refused(u)
  :: else
  fi;
  acked[t] = acked[t] | bit_of(u);
  if :: acked[t] == bit_of(N) - 1 -> fence_left[t] = 0 :: else fi;
  stamped[t] = stamped[t] | bit_of(u);
  if
  :: newest_to(t, u) == NONE -> answered[t] = answered[t] | bit_of(u)
  :: else -> answered[t] = answered[t] & ~bit_of(u)
  fi;
  if
  :: dead_for_a_tick -> saw_dead[t] = saw_dead[t] | bit_of(u)
  :: else -> saw_dead[t] = saw_dead[t] & ~bit_of(u)
  fi;
  k_mode[known(t, u)] = mode[u];
  k_age[known(t, u)] = 0;
#ifdef CURRENTS
  k_end[known(t, u)] = (is_cv(mode[u]) && life[u] > STOP -> life[u] - STOP : 0)
#endif
}

#define raise(t, u, m, left) \
  assert(others_fenced(t)); \
  send(t, u, m, left)

inline write_set(s) {
  set = s;
  check_voltage()
}

/* ---- time ---- */

#define may_pass(x, u) (!has(up, u) || mode[u] == WAIT || life[u] > 0)
#ifdef LOSS
#define time_may_pass all(may_pass, 0)
#else
#define delivered(x, u) (c_mode[2*(u)] == NONE)
#define heard(t, u) (!has(up, u) || has(acked[t], u) && k_age[known(t, u)] == 0)
#define time_may_pass \
  (all(may_pass, 0) && all(delivered, 0) && \
   (epoch == 0 || role_left[epoch - 1] == ROLE_LEASE && all(heard, epoch - 1)))
#endif

inline count_down(x) {
  if :: x > 0 -> x-- :: else fi
}

inline tick_unit(u) {
  if :: has(up, u) -> count_down(life[u]) :: else fi;
#ifndef LEASE_FROM_ARRIVAL
  count_down(c_left[2*(u)]);
  count_down(c_left[2*(u)+1]);
  if :: c_mode[2*(u)+1] != NONE && c_left[2*(u)+1] == 0 -> empty_place(2*(u)+1) :: else fi;
  if :: c_mode[2*(u)] != NONE && c_left[2*(u)] == 0 -> empty_place(2*(u)) :: else fi;
  close_gap(u);
#endif
  /* The bus has been gone since the last tick: a current trips. */
  if
  :: dead_for_a_tick && has(up, u) && mode[u] == CC -> stop(u)
  :: else
  fi
}

/* Ages what is known, and forgets what no rule looks at any more at that age. */
#define ages_on(t, u) (has(seen_set(t), u) || k_age[known(t, u)] < 2)
inline tick_known(t, u) {
  if
  :: has(acked[t], u) && k_age[known(t, u)] < PAST && ages_on(t, u) -> k_age[known(t, u)]++
  :: else
  fi;
  count_down(k_end[known(t, u)]);
  if :: k_age[known(t, u)] > 1 -> saw_dead[t] = saw_dead[t] & ~bit_of(u) :: else fi;
  if
  :: k_age[known(t, u)] >= REF_LEASE && is_cv(k_mode[known(t, u)]) ->
     k_mode[known(t, u)] = CV0; answered[t] = answered[t] & ~bit_of(u)
  :: else
  fi
}

inline tick_tenure(t) {
  if
  :: epoch > t ->
     count_down(role_left[t]);
     count_down(fence_left[t]);
#define known_of(u) tick_known(t, u);
     each(known_of)
#undef known_of
     assert(epoch > t + 1 || all(waits_past_bound, t));
     if
     :: role_left[t] == 0 && epoch > t + 1 -> forget_tenure(t)
     :: else
     fi
  :: else
  fi
}

inline tick() {
#define unit(u) tick_unit(u);
  each(unit)
#undef unit
  tick_tenure(0);
#if T > 1
  tick_tenure(1);
#endif
#if T > 2
  tick_tenure(2);
#endif
  dead_for_a_tick = cvs == 0
}

/* ---- reachability ---- */

/* Turns what is reached by a command that arrives into an error. */
inline reached(m, before, u) {
#ifdef REACH_FORMED
  assert(!(m == CV0 && before == WAIT));
#endif
#ifdef REACH_FORMED_ANEW
  assert(!(m == CV0 && before == WAIT && u != first && first != N));
  if :: m == CV0 && before == WAIT -> first = u :: else fi;
#endif
#ifdef REACH_HANDED_OVER
  assert(!(m == CV0 && before == CVD && u != first && first != N));
  if :: m == CV0 && before == WAIT -> first = u :: else fi;
#endif
#ifdef REACH_CURRENT
  assert(m != CC || c_epoch[2*(u)] < T);
#endif
  skip
}
#if defined(REACH_HANDED_OVER) || defined(REACH_FORMED_ANEW)
byte first = N;
#endif

/* ---- the system ---- */

#define unit_steps(u) \
  :: d_step { c_mode[2*(u)] != NONE && has(up, u) -> arrive(u, 2*(u)) } \
  :: d_step { c_mode[2*(u)+1] != NONE && has(up, u) -> arrive(u, 2*(u)+1) } \
  lost_steps(u) \
  :: d_step { has(up, u) && mode[u] == CC && life[u] <= STOP -> stop(u) } \
  :: d_step { has(up, u) && is_cv(mode[u]) && life[u] <= STOP -> \
       stop(u); assert(current_ends_first) } \
  trip_steps(u) \
  crash_steps(u)

#ifdef LOSS
#define lost_steps(u) \
  :: d_step { c_mode[2*(u)] != NONE -> empty_place(2*(u)); close_gap(u) } \
  :: d_step { c_mode[2*(u)+1] != NONE -> empty_place(2*(u)+1) }
#else
#define lost_steps(u)
#endif

#ifdef TRIP
#define trip_steps(u) :: d_step { has(up, u) && mode[u] != WAIT && life[u] > STOP -> stop(u) }
#else
#define trip_steps(u)
#endif

#if CRASH > 0
#define crash_steps(u) \
  :: d_step { has(up, u) && crashes < CRASH -> crash(u) } \
  :: d_step { !has(up, u) && mode[u] != WAIT -> stop(u) } \
  :: d_step { !has(up, u) -> restart(u) }
#else
#define crash_steps(u)
#endif

#define acts(t) (role_left[t] > 0)
#define k(t, u) k_mode[known(t, u)]

/* Report; the same order again; waiting; out of the set; into the set and CV on a dead bus. */
#define tenure_steps(t, u) \
  :: d_step { acts(t) && has(up, u) && ack[u] <= (t) + 1 -> hear(t, u) } \
  :: d_step { acts(t) && is_cv(k(t, u)) && read_back(t, u) && \
              can_send(t, u, k(t, u), validity(t, u, k(t, u))) -> \
       send(t, u, k(t, u), validity(t, u, k(t, u))) } \
  :: d_step { acts(t) && has(acked[t], u) && may_release(t, u) && \
              can_send(t, u, WAIT, validity(t, u, WAIT)) -> \
       send(t, u, WAIT, validity(t, u, WAIT)) } \
  :: d_step { acts(t) && fenced(t) && may_write(t) && has(set, u) && has(acked[t], u) && \
              !is_cv(k(t, u)) && may_leave(t, u) -> write_set(set & ~bit_of(u)) } \
  :: d_step { acts(t) && fenced(t) && may_write(t) && fresh(t, u) && set != bit_of(u) && \
              others_out_of_the_way(t, u) && bus_is_dead(t) -> write_set(bit_of(u)) } \
  :: d_step { acts(t) && fenced(t) && may_form_with(t, u) && fresh(t, u) && \
              bus_is_dead(t) && can_send(t, u, CV0, validity(t, u, CV0)) -> \
       raise(t, u, CV0, validity(t, u, CV0)) } \
  hand_over_steps(t, u) \
  current_steps(t, u)

/* One of two that hold the voltage lets go when the other has confirmed an end that is no earlier:
   currents may have been granted up to it. */
#if defined(HAND_OVER) && defined(CURRENTS)
#define may_release(t, u) \
  (seen_set(t) == bit_of(u) || !has(seen_set(t), u) || !is_cv(k(t, u)) || stays(t, u))
#ifdef RELEASE_EARLY
#define no_earlier(t, u, v) true
#else
#define no_earlier(t, u, v) (k_end[known(t, v)] >= k_end[known(t, u)])
#endif
#define stays_(t, u, v) \
  ((v) != (u) && has(seen_set(t), v) && is_cv(k(t, v)) && read_back(t, v) && no_earlier(t, u, v))
#if N == 2
#define stays(t, u) (stays_(t, u, 0) || stays_(t, u, 1))
#elif N == 3
#define stays(t, u) (stays_(t, u, 0) || stays_(t, u, 1) || stays_(t, u, 2))
#else
#define stays(t, u) (stays_(t, u, 0) || stays_(t, u, 1) || stays_(t, u, 2) || stays_(t, u, 3))
#endif
#else
#define may_release(t, u) true
#endif

#define other_out_0(t, u) ((u) == 0 || out_of_the_way(t, 0))
#define other_out_1(t, u) ((u) == 1 || out_of_the_way(t, 1))
#define other_out_2(t, u) ((u) == 2 || out_of_the_way(t, 2))
#define other_out_3(t, u) ((u) == 3 || out_of_the_way(t, 3))
#if N == 2
#define others_out_of_the_way(t, u) (other_out_0(t, u) && other_out_1(t, u))
#elif N == 3
#define others_out_of_the_way(t, u) (other_out_0(t, u) && other_out_1(t, u) && other_out_2(t, u))
#else
#define others_out_of_the_way(t, u) \
  (other_out_0(t, u) && other_out_1(t, u) && other_out_2(t, u) && other_out_3(t, u))
#endif

#ifdef NO_REFERENCE_SET
#define may_form_with(t, u) has(acked[t], u)
#elif defined(FORM_BESIDE_MEMBER)
#define may_form_with(t, u) (has(seen_set(t), u) && others_out_of_the_way(t, u))
#else
#define may_form_with(t, u) (seen_set(t) == bit_of(u))
#endif

#ifdef DROOP0_UNKNOWN_PEER
#define may_undroop(t, u) has(seen_set(t), u)
#else
#define may_undroop(t, u) (seen_set(t) == bit_of(u))
#endif

/* Droop; enter the heir; let it take the voltage; droop 0 when alone. The old one lets go by waiting. */
#ifdef HAND_OVER
#define hand_over_steps(t, u) \
  :: d_step { acts(t) && fenced(t) && is_cv(k(t, u)) && can_send(t, u, CVD, validity(t, u, CVD)) -> \
       raise(t, u, CVD, validity(t, u, CVD)) } \
  :: d_step { acts(t) && fenced(t) && may_write(t) && fresh(t, u) && !has(set, u) && \
              drooped_peer(t, u) -> write_set(set | bit_of(u)) } \
  :: d_step { acts(t) && fenced(t) && has(seen_set(t), u) && has(acked[t], u) && \
              !is_cv(k(t, u)) && drooped_peer(t, u) && can_send(t, u, CVD, validity(t, u, CVD)) -> \
       raise(t, u, CVD, validity(t, u, CVD)) } \
  :: d_step { acts(t) && fenced(t) && may_undroop(t, u) && k(t, u) == CVD && \
              can_send(t, u, CV0, validity(t, u, CV0)) -> raise(t, u, CV0, validity(t, u, CV0)) }
#else
#define hand_over_steps(t, u)
#endif

/* A current: no longer than what a member of the set has confirmed that has answered the newest
   command to it, less the stop bound. */
#ifdef END_OF_RELEASED
#define goes_on(t, u) true
#else
#define goes_on(t, u) read_back(t, u)
#endif
#define end_of(t, u) \
  (has(seen_set(t), u) && is_cv(k(t, u)) && goes_on(t, u) -> k_end[known(t, u)] : 0)
#define larger(a, b) ((a) > (b) -> (a) : (b))
#if N == 2
#define confirmed_end(t) larger(end_of(t, 0), end_of(t, 1))
#elif N == 3
#define confirmed_end(t) larger(end_of(t, 0), larger(end_of(t, 1), end_of(t, 2)))
#else
#define confirmed_end(t) \
  larger(larger(end_of(t, 0), end_of(t, 1)), larger(end_of(t, 2), end_of(t, 3)))
#endif
#ifdef CURRENT_UNBOUNDED
#define current_validity(t, u) validity(t, u, CC)
#else
#define current_validity(t, u) \
  (confirmed_end(t) > STOP -> smaller(validity(t, u, CC), confirmed_end(t) - STOP) : 0)
#endif
#ifdef CURRENTS
#define current_steps(t, u) \
  :: d_step { acts(t) && fenced(t) && has(acked[t], u) && !is_cv(k(t, u)) && confirmed_end(t) > 0 && \
              can_send(t, u, CC, current_validity(t, u)) -> raise(t, u, CC, current_validity(t, u)) }
#else
#define current_steps(t, u)
#endif

#define role_steps(t) \
  :: d_step { epoch == (t) + 1 -> role_left[t] = ROLE_LEASE } \
  view_steps(t)
#ifdef STALE_VIEW
#define view_steps(t) :: d_step { epoch == (t) + 1 && view[t] != set -> view[t] = set }
#else
#define view_steps(t)
#endif

init {
  do
  :: d_step { epoch < T -> take_role() }
  :: d_step { time_may_pass -> tick() }
  each(unit_steps)
  role_steps(0)
#define t0(u) tenure_steps(0, u)
  each(t0)
#if T > 1
  role_steps(1)
#define t1(u) tenure_steps(1, u)
  each(t1)
#endif
#if T > 2
  role_steps(2)
#define t2(u) tenure_steps(2, u)
  each(t2)
#endif
  od
}
