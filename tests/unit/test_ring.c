/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ring of islands without the rest, on one rank and between ranks that a fake network joins:
 * what each step delivers, early return, deaths and how they drain, messages larger than a socket
 * holds, release of those who wait, and what a rank stores at most. The network delivers what is on
 * its way in any order that keeps that of each pair of ranks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/postman.h"
#include "islander.h"

enum { RANKS_MAX = 6, NUMBER = 7 };

/* ---- a network of ranks in one process ---- */

struct mail {
  struct mail *next;
  size_t n;
  unsigned char bytes[];
};

struct network {
  int ranks;
  uint64_t dice;
  struct mail *first[RANKS_MAX][RANKS_MAX], **last[RANKS_MAX][RANKS_MAX]; /* [from][to] */
};

struct port {
  struct network *network;
  int rank;
};

static uint64_t draw(struct network *network)
{
  network->dice = network->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return network->dice >> 33;
}

static int post(void *self, int to, const void *bytes, size_t n, struct rms_error *err)
{
  struct port *port = self;
  struct mail *mail = malloc(sizeof *mail + n);

  (void)err;
  assert_in_range(to, 0, port->network->ranks - 1);
  assert_int_not_equal(to, port->rank);
  assert_true(n <= RMS_PARCEL_MAX);
  mail->next = NULL;
  mail->n = n;
  memcpy(mail->bytes, bytes, n);
  *port->network->last[port->rank][to] = mail;
  port->network->last[port->rank][to] = &mail->next;
  return RMS_OK;
}

static int collect(void *self, int *from, void *bytes, size_t *n, struct rms_error *err)
{
  struct port *port = self;
  struct network *network = port->network;
  const int begin = (int)(draw(network) % (uint64_t)network->ranks);

  (void)err;
  if (draw(network) % 3 == 0) return 0; /* late */
  for (int k = 0; k < network->ranks; k++) {
    const int i = (begin + k) % network->ranks;
    struct mail *mail = network->first[i][port->rank];
    if (!mail) continue;
    assert_true(mail->n <= *n);
    memcpy(bytes, mail->bytes, mail->n);
    *from = i;
    *n = mail->n;
    network->first[i][port->rank] = mail->next;
    if (!mail->next) network->last[i][port->rank] = &network->first[i][port->rank];
    free(mail);
    return 1;
  }
  return 0;
}

static void network_init(struct network *network, int ranks, uint64_t seed)
{
  *network = (struct network){.ranks = ranks, .dice = seed};
  for (int i = 0; i < RANKS_MAX; i++) {
    for (int k = 0; k < RANKS_MAX; k++) network->last[i][k] = &network->first[i][k];
  }
}

static bool network_is_empty(const struct network *network)
{
  for (int i = 0; i < network->ranks; i++) {
    for (int k = 0; k < network->ranks; k++) {
      if (network->first[i][k]) return false;
    }
  }
  return true;
}

/* ---- islands on ranks ---- */

struct world {
  struct network network;
  struct port port[RANKS_MAX];
  struct rms_transport transport[RANKS_MAX];
  struct rms_postman postman[RANKS_MAX];
  const struct islander_plan *plan;
  struct islander_notes *notes;
  int n_alive;
};

static void open_ranks(struct world *world, int ranks, uint32_t first)
{
  for (int rank = 0; rank < ranks; rank++) {
    const struct rms_job job = {.islands = (uint32_t)world->plan->islands,
                                .share = {first, (uint32_t)ranks, (uint32_t)rank}};

    world->port[rank] = (struct port){&world->network, rank};
    world->transport[rank] = (struct rms_transport){
        .self = &world->port[rank], .rank = rank, .size = ranks, .post = post, .collect = collect};
    assert_int_equal(
        rms_postman_open(&world->postman[rank], &world->transport[rank], &job, NUMBER, NULL), 0);
  }
}

/* The two ends of the edge from island i: by postmen, or a pair of sockets within one rank. */
static void find_ends(const struct world *world, uint32_t i, int ends[2])
{
  ends[0] = ends[1] = -1;
  for (int rank = 0; rank < world->network.ranks; rank++) {
    for (size_t k = 0; k < world->postman[rank].n; k++) {
      const struct rms_edge *edge = &world->postman[rank].edges[k];
      if (edge->number == i) ends[edge->is_out ? 0 : 1] = edge->theirs;
    }
  }
  if (ends[0] < 0 && ends[1] < 0)
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  assert_true(ends[0] >= 0 && ends[1] >= 0);
}

static void fork_islands(struct world *world)
{
  const int n = world->plan->islands;
  int ends[ISLANDERS_MAX][2];

  for (int i = 0; i < n; i++) find_ends(world, (uint32_t)i, ends[i]);
  for (int i = 0; i < n; i++)
    islander_fork(world->plan, world->notes, i, ends[i][0], ends[(i + n - 1) % n][1]);
  for (int rank = 0; rank < world->network.ranks; rank++) {
    for (size_t k = 0; k < world->postman[rank].n; k++) {
      const uint32_t i = world->postman[rank].edges[k].number;
      ends[i][0] = ends[i][1] = -1;
    }
    rms_postman_hand_over(&world->postman[rank]);
  }
  for (int i = 0; i < n; i++) {
    if (ends[i][0] >= 0) close(ends[i][0]);
    if (ends[i][1] >= 0) close(ends[i][1]);
  }
  world->n_alive = n;
}

static bool step_rank(struct world *world, int rank)
{
  static unsigned char room[RMS_PARCEL_MAX];
  struct rms_postman *postman = &world->postman[rank];
  struct rms_transport *transport = &world->transport[rank];
  struct rms_error err = {0};
  struct rms_parcel parcel;
  size_t n = sizeof room;
  int from = 0;
  bool did = false;

  if (transport->collect(transport->self, &from, room, &n, &err) == 1) {
    did = true;
    memcpy(&parcel, room, sizeof parcel);
    assert_int_equal(parcel.number, NUMBER);
    if (rms_postman_hear(postman, from, &parcel, room + sizeof parcel, n - sizeof parcel, &err))
      fail_msg("%s", err.text);
  }
  if (rms_postman_step(postman, &did, &err)) fail_msg("%s", err.text);
  for (size_t k = 0; k < postman->n; k++) {
    size_t stored = 0;
    for (const struct rms_packet *p = postman->edges[k].first; p; p = p->next) stored++;
    assert_true(stored <= RMS_POSTMAN_WINDOW);
  }
  return did;
}

static bool step_all(struct world *world)
{
  bool did = false;
  int status;

  for (int rank = 0; rank < world->network.ranks; rank++) did |= step_rank(world, rank);
  while (waitpid(-1, &status, WNOHANG) > 0) {
    world->n_alive--;
    did = true;
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 8);
  }
  return did;
}

static bool is_quiet(const struct world *world)
{
  for (int rank = 0; rank < world->network.ranks; rank++) {
    if (!rms_postman_is_quiet(&world->postman[rank])) return false;
  }
  return network_is_empty(&world->network);
}

static void begin(struct world *world, const struct islander_plan *plan, int ranks, uint64_t seed)
{
  *world = (struct world){.plan = plan};
  network_init(&world->network, ranks, seed);
  world->notes = islander_notes_new(plan);
  open_ranks(world, ranks, (uint32_t)(seed % (uint64_t)ranks));
  fork_islands(world);
}

static void finish(struct world *world)
{
  while (world->n_alive || !is_quiet(world)) {
    if (!step_all(world)) usleep(50);
  }
}

static void forget(struct world *world)
{
  for (int rank = 0; rank < world->network.ranks; rank++) rms_postman_fini(&world->postman[rank]);
  islander_notes_free(world->notes, world->plan);
}

static void run(struct world *world, const struct islander_plan *plan, int ranks, uint64_t seed)
{
  begin(world, plan, ranks, seed);
  finish(world);
  assert_true(islander_notes_are_true(plan, world->notes));
}

/* ---- tests ---- */

static void test_steps(void **state)
{
  static const size_t sizes[] = {0, 1, 65537, 3000000};
  struct islander_plan plan;
  struct world world;

  (void)state;
  for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
    for (int ranks = 1; ranks <= RANKS_MAX; ranks++) {
      islander_plan_init(&plan, 2 + (ranks + (int)s) % 4, sizes[s]);
      run(&world, &plan, ranks, s);
      for (int i = 0; i < plan.islands; i++)
        assert_int_equal(world.notes->steps[i], ISLANDER_STEPS);
      forget(&world);
    }
  }
}

/* An island that returns early: the next one gets 0 bytes from then on, and nobody stops. */
static void test_early_return(void **state)
{
  struct islander_plan plan;
  struct world world;

  (void)state;
  islander_plan_init(&plan, 4, 100);
  plan.returns[1] = 3;
  for (int ranks = 1; ranks <= 5; ranks++) {
    for (uint64_t seed = 0; seed < 5; seed++) {
      run(&world, &plan, ranks, seed);
      for (int i = 0; i < 4; i++) {
        assert_int_equal(world.notes->steps[i], i == 1 ? 3 : ISLANDER_STEPS);
        assert_false(world.notes->was_stopped[i]);
      }
      forget(&world);
    }
  }
}

/* A death: island c + k stops when it has sent its step s + k - 1, so it completes s + k - 1 steps;
 * always, wherever it lives. */
static void test_drain(void **state)
{
  static const size_t sizes[] = {100, 1000000};
  struct islander_plan plan;
  struct world world;

  (void)state;
  for (int ranks = 1; ranks <= 5; ranks++) {
    for (int dead = 0; dead < 4; dead++) {
      islander_plan_init(&plan, 4, sizes[(ranks + dead) % 2]);
      plan.dies[dead] = 4;
      run(&world, &plan, ranks, (uint64_t)dead);
      assert_int_equal(world.notes->steps[dead], 4);
      for (int k = 1; k < 4; k++) {
        const int i = (dead + k) % 4;
        assert_int_equal(world.notes->steps[i], 4 + k - 1);
        assert_true(world.notes->was_stopped[i]);
      }
      forget(&world);
    }
  }
}

/* Several deaths: the earliest stop counts. */
static void test_two_deaths(void **state)
{
  struct islander_plan plan;
  struct world world;

  (void)state;
  islander_plan_init(&plan, 4, 10);
  plan.dies[0] = 4;
  plan.dies[2] = 2;
  for (int ranks = 1; ranks <= 5; ranks++) {
    for (uint64_t seed = 0; seed < 5; seed++) {
      run(&world, &plan, ranks, seed);
      /* 2 dies with 2 steps; 3 completes 2; 0 completes 3 and so never reaches its own death. */
      assert_int_equal(world.notes->steps[2], 2);
      assert_int_equal(world.notes->steps[3], 2);
      assert_int_equal(world.notes->steps[0], 3);
      assert_true(world.notes->was_stopped[0]);
      assert_int_equal(world.notes->steps[1], 4);
      forget(&world);
    }
  }
}

static int steps_of(const struct world *world, int island)
{
  return *(volatile const int *)&world->notes->steps[island];
}

/* The clock strikes while the others wait for one that does not come: they are released. */
static void test_release(void **state)
{
  struct islander_plan plan;
  struct world world;

  (void)state;
  islander_plan_init(&plan, 4, 200000);
  plan.sleeps[2] = 3;
  for (int ranks = 1; ranks <= 5; ranks++) {
    begin(&world, &plan, ranks, 1);
    while (steps_of(&world, 2) < 3 || steps_of(&world, 3) < 3) {
      if (!step_all(&world)) usleep(50);
    }
    for (int i = 0; i < 4; i++) atomic_store(&world.notes->page[i]->stop, 1);
    while (world.n_alive > 1) {
      if (!step_all(&world)) usleep(50);
    }
    assert_true(world.notes->was_stopped[3]); /* the others may have heard that it returned */
    kill(world.notes->pid[2], SIGKILL);
    finish(&world);
    forget(&world);
  }
}

/* What makes no sense is refused, whoever says it. */
static void test_nonsense(void **state)
{
  static const struct rms_parcel bad[] = {
      {RMS_PARCEL_PACKET, NUMBER, 0, 0}, /* empty */
      {RMS_PARCEL_PACKET, NUMBER, 5, 0}, /* no such edge */
      {RMS_PARCEL_CLOSED, NUMBER, 1, 0}, /* of an edge that leads away */
      {RMS_PARCEL_CREDIT, NUMBER, 1, 1}, /* for what was never sent */
      {RMS_PARCEL_CREDIT, NUMBER, 0, 1}, /* to who receives */
      {RMS_PARCEL_OTHER, NUMBER, 0, 0}};
  const struct rms_parcel closed = {RMS_PARCEL_CLOSED, NUMBER, 0, 0};
  struct islander_plan plan;
  struct world world = {.plan = &plan};
  struct rms_error err;

  (void)state;
  islander_plan_init(&plan, 2, 0);
  network_init(&world.network, 2, 1);
  open_ranks(&world, 2, 0);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    assert_int_equal(rms_postman_hear(&world.postman[1], 0, &bad[i], "", 0, &err), RMS_E_INTERNAL);
  assert_int_equal(rms_postman_hear(&world.postman[1], 1, &closed, "", 0, &err), RMS_E_INTERNAL);
  assert_int_equal(rms_postman_hear(&world.postman[1], 0, &closed, "", 0, &err), RMS_OK);
  assert_int_equal(rms_postman_hear(&world.postman[1], 0, &closed, "", 0, &err), RMS_E_INTERNAL);
  for (int rank = 0; rank < 2; rank++) rms_postman_fini(&world.postman[rank]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_steps),   cmocka_unit_test(test_early_return),
      cmocka_unit_test(test_drain),   cmocka_unit_test(test_two_deaths),
      cmocka_unit_test(test_release), cmocka_unit_test(test_nonsense)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
