/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/gang.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/report.h"

enum parcel_kind {                            /* that are not the postman's */
                   REPORT = RMS_PARCEL_OTHER, /* to the leader: one frame of a report */
                   SHARE, /* to the leader: all islands of this rank are reported */
                   STOP,  /* to all: cancel */
                   OVER   /* from the leader: the job is over everywhere */
};

static const int64_t first_pause = 50, expecting_pause = 1000; /* microseconds */

static bool is_leader(const struct rms_gang *gang)
{
  return gang->transport->rank == gang->leader;
}

static int tell(struct rms_gang *gang, int to, uint32_t kind, const void *bytes, size_t n,
                struct rms_error *err)
{
  const struct rms_parcel parcel = {.kind = kind, .number = gang->postman.number};

  memcpy(gang->room, &parcel, sizeof parcel);
  if (n) memcpy(gang->room + sizeof parcel, bytes, n);
  return gang->transport->post(gang->transport->self, to, gang->room, sizeof parcel + n, err);
}

static int tell_others(struct rms_gang *gang, uint32_t kind, struct rms_error *err)
{
  int status = RMS_OK;

  for (int rank = 0; rank < gang->transport->size && !status; rank++) {
    if (rank != gang->transport->rank) status = tell(gang, rank, kind, NULL, 0, err);
  }
  return status;
}

/* ---- begin ---- */

static bool has_islands(const struct rms_gang *gang)
{
  for (uint32_t i = 0; i < gang->job.islands; i++) {
    if (rms_job_has_island(&gang->job, i)) return true;
  }
  return false;
}

static void hand_to_helper(struct rms_gang *gang)
{
  int status = gang->helper ? RMS_OK : RMS_E_IO;

  for (size_t i = 0; i < gang->postman.n && !status; i++) {
    const struct rms_edge *edge = &gang->postman.edges[i];
    status = rms_helper_pass(gang->helper, edge->number, edge->is_out, edge->theirs, NULL);
  }
  if (!status) status = rms_helper_submit(gang->helper, &gang->job, NULL);
  gang->is_helpless = status != RMS_OK;
}

int rms_gang_leader(const struct rms_job *job, int ranks)
{
  return (int)(job->id.low % (uint64_t)ranks);
}

int rms_gang_begin(struct rms_gang *gang, struct rms_transport *transport,
                   struct rms_helper *helper, const struct rms_job *job, uint32_t number,
                   struct rms_error *err)
{
  const uint32_t ranks = (uint32_t)transport->size;
  const int leader = rms_gang_leader(job, transport->size);
  int status = RMS_OK;

  *gang = (struct rms_gang){.transport = transport, .helper = helper, .job = *job};
  if (ranks > 1)
    gang->job.share = (struct rms_share){
        .first = (uint32_t)leader, .ranks = ranks, .rank = (uint32_t)transport->rank};
  gang->leader = leader;
  gang->room = malloc(RMS_PARCEL_MAX);
  gang->inbox = calloc(ranks, sizeof *gang->inbox);
  gang->wait = calloc(2 * (size_t)job->islands + 2, sizeof *gang->wait);
  if (!gang->room || !gang->inbox || !gang->wait)
    RMS_TRY(rms_error_set(err, RMS_E_NOMEM, "islands: out of memory"));
  RMS_TRY(rms_postman_open(&gang->postman, transport, &gang->job, number, err));
  gang->has_ended = !has_islands(gang);
  if (!gang->has_ended) hand_to_helper(gang);
  rms_postman_hand_over(&gang->postman);
out:
  if (status) rms_gang_fini(gang);
  return status;
}

void rms_gang_fini(struct rms_gang *gang)
{
  rms_postman_fini(&gang->postman);
  for (int rank = 0; gang->inbox && rank < gang->transport->size; rank++)
    rms_assembly_fini(&gang->inbox[rank]);
  free(gang->wait);
  free(gang->inbox);
  free(gang->room);
  *gang = (struct rms_gang){0};
}

/* ---- what the other ranks say ---- */

/* The leader's helper hears of an island that ended elsewhere. */
static int hear_report(struct rms_gang *gang, int from, const void *bytes, size_t n,
                       struct rms_error *err)
{
  struct rms_message message;
  const int status = rms_assembly_add(&gang->inbox[from], bytes, n, &message, err);

  if (status <= 0 || gang->has_ended || gang->is_helpless) return status < 0 ? status : RMS_OK;
  if (rms_helper_report(gang->helper, message.bytes, message.n, NULL)) gang->is_helpless = true;
  return RMS_OK;
}

static int hear_parcel(struct rms_gang *gang, int from, const struct rms_parcel *parcel,
                       const void *bytes, size_t n, struct rms_error *err)
{
  if (parcel->number != gang->postman.number) return RMS_OK; /* of an earlier job */
  if (parcel->kind < RMS_PARCEL_OTHER)
    return rms_postman_hear(&gang->postman, from, parcel, bytes, n, err);
  if (parcel->kind == REPORT && is_leader(gang)) return hear_report(gang, from, bytes, n, err);
  if (parcel->kind == SHARE && is_leader(gang)) {
    gang->n_shares++;
  } else if (parcel->kind == OVER && from == gang->leader) {
    gang->is_over = true;
  } else if (parcel->kind == STOP) {
    if (gang->helper && !gang->has_ended) rms_helper_cancel(gang->helper);
  } else {
    return rms_error_set(err, RMS_E_INTERNAL, "a parcel that makes no sense");
  }
  return RMS_OK;
}

static int hear_others(struct rms_gang *gang, bool *did, struct rms_error *err)
{
  struct rms_transport *transport = gang->transport;
  struct rms_parcel parcel;
  size_t n = RMS_PARCEL_MAX;
  int from = 0, got;

  while (!gang->is_over &&
         (got = transport->collect(transport->self, &from, gang->room, &n, err)) != 0) {
    if (got < 0) return got;
    if (n < sizeof parcel || from < 0 || from >= transport->size)
      return rms_error_set(err, RMS_E_INTERNAL, "a parcel of %zu bytes", n);
    *did = true;
    memcpy(&parcel, gang->room, sizeof parcel);
    got = hear_parcel(gang, from, &parcel, gang->room + sizeof parcel, n - sizeof parcel, err);
    if (got) return got;
    n = RMS_PARCEL_MAX;
  }
  return RMS_OK;
}

/* ---- what the helper says ---- */

static int send_report(struct rms_gang *gang, const char *bytes, size_t n, struct rms_error *err)
{
  struct rms_frame frame = {.magic = RMS_FRAME_MAGIC, .type = REPORT, .total = n};
  char *packet = malloc(sizeof frame + RMS_FRAME_PAYLOAD);
  uint32_t island;
  int status = RMS_OK;

  if (!packet) return rms_error_set(err, RMS_E_NOMEM, "islands: out of memory");
  memcpy(&island, bytes, sizeof island);
  if (island < gang->job.islands) gang->has_report[island] = true;
  for (size_t sent = 0; sent < n && !status; sent += frame.length, frame.sequence++) {
    frame.length = (uint32_t)(n - sent < RMS_FRAME_PAYLOAD ? n - sent : RMS_FRAME_PAYLOAD);
    memcpy(packet, &frame, sizeof frame);
    memcpy(packet + sizeof frame, bytes + sent, frame.length);
    status = tell(gang, gang->leader, REPORT, packet, sizeof frame + frame.length, err);
  }
  free(packet);
  return status;
}

/* Of islands that lived here nothing is known: that is what the leader has to know. */
static int report_missing(struct rms_gang *gang, struct rms_error *err)
{
  struct rms_text bytes = {0};
  int status = RMS_OK;

  for (uint32_t i = 0; i < gang->job.islands && !status; i++) {
    if (!rms_job_has_island(&gang->job, i) || gang->has_report[i]) continue;
    rms_text_clear(&bytes);
    if (rms_report_write_lost(&bytes, i) < 0)
      status = rms_error_set(err, RMS_E_NOMEM, "islands: out of memory");
    else
      status = send_report(gang, bytes.data, bytes.length, err);
  }
  rms_text_fini(&bytes);
  return status;
}

static int end_here(struct rms_gang *gang, struct rms_error *err)
{
  gang->has_ended = true;
  if (!is_leader(gang)) return report_missing(gang, err);
  /* Normally all have ended; if the leader's share failed, the others need not go on. */
  return gang->n_shares < gang->transport->size - 1 ? tell_others(gang, STOP, err) : RMS_OK;
}

static int hear_helper(struct rms_gang *gang, bool *did, struct rms_event *event,
                       struct rms_error *err)
{
  while (!gang->has_ended) {
    struct rms_event news = {.kind = RMS_EVENT_GONE, .log = ""};
    if (!gang->is_helpless) {
      const int status = rms_helper_receive(gang->helper, &news, err);
      if (status == RMS_E_NOMEM) return status;
      if (status) news.kind = RMS_EVENT_GONE; /* it talks nonsense */
    }
    if (news.kind == RMS_EVENT_NONE) return RMS_OK;
    *did = true;
    if (news.kind == RMS_EVENT_GONE) gang->is_helpless = true;
    if (news.kind == RMS_EVENT_REPORT) {
      const int status = send_report(gang, news.report, news.report_bytes, err);
      if (status) return status;
    } else if (news.kind != RMS_EVENT_PROGRESS) {
      const int status = end_here(gang, err);
      if (status) return status;
    }
    if (is_leader(gang)) {
      *event = news;
      return RMS_OK;
    }
  }
  return RMS_OK;
}

/* ---- the whole ---- */

static int conclude(struct rms_gang *gang, bool *did, struct rms_error *err)
{
  if (gang->has_told || !gang->has_ended || !rms_postman_is_quiet(&gang->postman)) return RMS_OK;
  if (is_leader(gang) && gang->n_shares < gang->transport->size - 1) return RMS_OK;
  *did = gang->has_told = true;
  if (!is_leader(gang)) return tell(gang, gang->leader, SHARE, NULL, 0, err);
  gang->is_over = true;
  return tell_others(gang, OVER, err);
}

int rms_gang_step(struct rms_gang *gang, bool *did, struct rms_event *event, struct rms_error *err)
{
  int status;

  *event = (struct rms_event){.kind = RMS_EVENT_NONE, .log = ""};
  status = hear_others(gang, did, err);
  if (!status) status = rms_postman_step(&gang->postman, did, err);
  if (!status) status = hear_helper(gang, did, event, err);
  if (!status) status = conclude(gang, did, err);
  return status;
}

int rms_gang_cancel(struct rms_gang *gang, struct rms_error *err)
{
  if (gang->helper && !gang->has_ended) rms_helper_cancel(gang->helper);
  return tell_others(gang, STOP, err);
}

void rms_gang_rest(struct rms_gang *gang, bool did, int other, double longest)
{
  const bool is_expecting =
      rms_postman_expects(&gang->postman) || gang->transport->is_busy(gang->transport->self);
  int64_t most = is_expecting ? expecting_pause : 1000 * (int64_t)gang->transport->wait_ms;
  size_t n = rms_postman_poll(&gang->postman, gang->wait);
  struct timespec timeout = {0};

  gang->pause = did ? 0 : gang->pause ? 2 * gang->pause : first_pause;
  if (did) return;
  if ((double)most > 1e6 * longest) most = (int64_t)(1e6 * longest);
  if (gang->pause > most) gang->pause = most;
  if (gang->helper && !gang->is_helpless && !gang->has_ended)
    gang->wait[n++] = (struct pollfd){.fd = rms_helper_fd(gang->helper), .events = POLLIN};
  gang->wait[n++] = (struct pollfd){.fd = other, .events = POLLIN};
  timeout.tv_sec = (time_t)(gang->pause / 1000000);
  timeout.tv_nsec = (long)(1000 * (gang->pause % 1000000));
  ppoll(gang->wait, (nfds_t)n, &timeout, NULL);
}
