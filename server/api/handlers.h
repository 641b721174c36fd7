/* handlers - every route's function, by the file it lies in. See api.h for what they are given. */
#ifndef EXEMPLAR_API_HANDLERS_H
#define EXEMPLAR_API_HANDLERS_H

#include "api/api.h"

/* Before the domain counts characters: four bytes each in UTF-8 at most. */
enum { NAME_BYTES_MAX = 4 * NAME_CHARS_MAX };

/* session.c */
enum err setup_check(struct req *q, struct reply *r) MUST_USE;
enum err setup_accept(struct req *q, struct reply *r) MUST_USE;
enum err session_get(struct req *q, struct reply *r) MUST_USE;
enum err session_make(struct req *q, struct reply *r) MUST_USE;
enum err sessions_end(struct req *q, struct reply *r) MUST_USE;
enum err session_delete(struct req *q, struct reply *r) MUST_USE;
enum err password_change(struct req *q, struct reply *r) MUST_USE;

/* provider.c */
enum err provider_send(struct req *q, struct reply *r) MUST_USE;
enum err provider_return(struct req *q, struct reply *r) MUST_USE;
enum err provider_part(struct req *q, struct reply *r) MUST_USE;

/* users.c */
enum err users_list(struct req *q, struct reply *r) MUST_USE;
enum err users_invite(struct req *q, struct reply *r) MUST_USE;
enum err users_change(struct req *q, struct reply *r) MUST_USE;
enum err users_invite_again(struct req *q, struct reply *r) MUST_USE;
enum err users_erase(struct req *q, struct reply *r) MUST_USE;
enum err users_sign_out(struct req *q, struct reply *r) MUST_USE;
enum err tokens_list(struct req *q, struct reply *r) MUST_USE;
enum err tokens_make(struct req *q, struct reply *r) MUST_USE;
enum err tokens_revoke(struct req *q, struct reply *r) MUST_USE;

/* projects.c */
enum err projects_list(struct req *q, struct reply *r) MUST_USE;
enum err projects_get(struct req *q, struct reply *r) MUST_USE;
enum err projects_make(struct req *q, struct reply *r) MUST_USE;
enum err projects_sample(struct req *q, struct reply *r) MUST_USE;
enum err projects_change(struct req *q, struct reply *r) MUST_USE;
enum err projects_events(struct req *q, struct reply *r) MUST_USE;

/* members.c */
enum err members_list(struct req *q, struct reply *r) MUST_USE;
enum err members_working(struct req *q, struct reply *r) MUST_USE;
enum err members_set(struct req *q, struct reply *r) MUST_USE;
enum err members_remove(struct req *q, struct reply *r) MUST_USE;

/* jobs.c */
enum err jobs_import(struct req *q, struct reply *r) MUST_USE;
enum err jobs_encode(struct req *q, struct reply *r) MUST_USE;
enum err jobs_list(struct req *q, struct reply *r) MUST_USE;
enum err jobs_get(struct req *q, struct reply *r) MUST_USE;
enum err jobs_cancel(struct req *q, struct reply *r) MUST_USE;
enum err jobs_report(struct req *q, struct reply *r) MUST_USE;

/* find.c */
enum err items_list(struct req *q, struct reply *r) MUST_USE;
enum err items_facets(struct req *q, struct reply *r) MUST_USE;

/* bulk.c */
enum err bulk_begin(struct req *q, struct reply *r) MUST_USE;
enum err bulk_take_back(struct req *q, struct reply *r) MUST_USE;
enum err bulk_list(struct req *q, struct reply *r) MUST_USE;
enum err views_list(struct req *q, struct reply *r) MUST_USE;
enum err views_keep(struct req *q, struct reply *r) MUST_USE;
enum err views_remove(struct req *q, struct reply *r) MUST_USE;

/* items.c */
enum err items_get(struct req *q, struct reply *r) MUST_USE;
enum err items_media(struct req *q, struct reply *r) MUST_USE;
enum err items_original(struct req *q, struct reply *r) MUST_USE;
enum err items_similar(struct req *q, struct reply *r) MUST_USE;

/* steer.c */
enum err assignments_list(struct req *q, struct reply *r) MUST_USE;
enum err assignments_make(struct req *q, struct reply *r) MUST_USE;
enum err assignments_end(struct req *q, struct reply *r) MUST_USE;
enum err items_set_priority(struct req *q, struct reply *r) MUST_USE;
/* quality.c */
enum err quality_get(struct req *q, struct reply *r) MUST_USE;
enum err quality_measure(struct req *q, struct reply *r) MUST_USE;
enum err quality_quarantine(struct req *q, struct reply *r) MUST_USE;

/* reports.c */
enum err reports_get(struct req *q, struct reply *r) MUST_USE;
enum err reports_measure(struct req *q, struct reply *r) MUST_USE;
enum err reports_diff(struct req *q, struct reply *r) MUST_USE;
enum err reports_card(struct req *q, struct reply *r) MUST_USE;
enum err purpose_put(struct req *q, struct reply *r) MUST_USE;

/* advice.c */
enum err advice_get(struct req *q, struct reply *r) MUST_USE;
enum err advice_ask(struct req *q, struct reply *r) MUST_USE;

/* checks.c */
enum err gold_put(struct req *q, struct reply *r) MUST_USE;
enum err gold_delete(struct req *q, struct reply *r) MUST_USE;
enum err gold_list(struct req *q, struct reply *r) MUST_USE;
enum err checks_list(struct req *q, struct reply *r) MUST_USE;

/* leases.c */
enum err leases_take(struct req *q, struct reply *r) MUST_USE;
enum err leases_renew(struct req *q, struct reply *r) MUST_USE;
enum err leases_release(struct req *q, struct reply *r) MUST_USE;
enum err picks_list(struct req *q, struct reply *r) MUST_USE;

/* examples.c */
enum err examples_add(struct req *q, struct reply *r) MUST_USE;

/* why.c */
enum err models_explain(struct req *q, struct reply *r) MUST_USE;

/* draft.c */
enum err draft_get(struct req *q, struct reply *r) MUST_USE;
enum err draft_predict(struct req *q, struct reply *r) MUST_USE;

/* labels.c */
enum err labels_add(struct req *q, struct reply *r) MUST_USE;
enum err labels_retract(struct req *q, struct reply *r) MUST_USE;
enum err labels_list(struct req *q, struct reply *r) MUST_USE;
enum err labels_export(struct req *q, struct reply *r) MUST_USE;

/* audit.c */
enum err audit_list(struct req *q, struct reply *r) MUST_USE;
enum err audit_export(struct req *q, struct reply *r) MUST_USE;
/* history.c */
enum err items_history(struct req *q, struct reply *r) MUST_USE;

/* comments.c */
enum err comments_list(struct req *q, struct reply *r) MUST_USE;
enum err comments_add(struct req *q, struct reply *r) MUST_USE;
enum err comments_close(struct req *q, struct reply *r) MUST_USE;

/* review.c */
enum err review_list(struct req *q, struct reply *r) MUST_USE;
enum err decisions_make(struct req *q, struct reply *r) MUST_USE;
enum err decisions_list(struct req *q, struct reply *r) MUST_USE;
enum err labels_return(struct req *q, struct reply *r) MUST_USE;

/* second_look.c */
enum err second_look_list(struct req *q, struct reply *r) MUST_USE;
enum err second_look_start(struct req *q, struct reply *r) MUST_USE;
enum err second_look_keep(struct req *q, struct reply *r) MUST_USE;
enum err second_look_fix(struct req *q, struct reply *r) MUST_USE;
enum err second_look_undo(struct req *q, struct reply *r) MUST_USE;

/* take.c */
enum err models_take(struct req *q, struct reply *r) MUST_USE;
enum err models_take_make(struct req *q, struct reply *r) MUST_USE;

/* datasets.c */
enum err datasets_list(struct req *q, struct reply *r) MUST_USE;
enum err datasets_make(struct req *q, struct reply *r) MUST_USE;
enum err datasets_get(struct req *q, struct reply *r) MUST_USE;
enum err datasets_diff(struct req *q, struct reply *r) MUST_USE;
enum err datasets_export(struct req *q, struct reply *r) MUST_USE;
enum err datasets_uses(struct req *q, struct reply *r) MUST_USE;
enum err datasets_open_test(struct req *q, struct reply *r) MUST_USE;

/* endpoints.c */
enum err endpoints_list(struct req *q, struct reply *r) MUST_USE;
enum err endpoints_make(struct req *q, struct reply *r) MUST_USE;
enum err endpoints_get(struct req *q, struct reply *r) MUST_USE;
enum err endpoints_change(struct req *q, struct reply *r) MUST_USE;
enum err endpoints_remove(struct req *q, struct reply *r) MUST_USE;
enum err endpoints_gate(struct req *q, struct reply *r) MUST_USE;
enum err endpoints_publish(struct req *q, struct reply *r) MUST_USE;
enum err endpoints_rollback(struct req *q, struct reply *r) MUST_USE;
enum err endpoints_token_make(struct req *q, struct reply *r) MUST_USE;
enum err endpoints_token_revoke(struct req *q, struct reply *r) MUST_USE;

/* predict.c */
enum err endpoints_predict(struct req *q, struct reply *r) MUST_USE;

/* embed.c */
enum err embed_page(struct req *q, struct reply *r) MUST_USE;
enum err embed_about(struct req *q, struct reply *r) MUST_USE;

/* traces.c */
enum err labels_trace(struct req *q, struct reply *r) MUST_USE;
enum err datasets_trace(struct req *q, struct reply *r) MUST_USE;
enum err models_list(struct req *q, struct reply *r) MUST_USE;
enum err models_make(struct req *q, struct reply *r) MUST_USE;
enum err models_get(struct req *q, struct reply *r) MUST_USE;
enum err models_predict(struct req *q, struct reply *r) MUST_USE;
enum err models_trace(struct req *q, struct reply *r) MUST_USE;
enum err rounds_trace(struct req *q, struct reply *r) MUST_USE;

/* people_behind.c */
enum err requests_get(struct req *q, struct reply *r) MUST_USE;
enum err people_behind_get(struct req *q, struct reply *r) MUST_USE;
enum err people_behind_set(struct req *q, struct reply *r) MUST_USE;
enum err webhooks_list(struct req *q, struct reply *r) MUST_USE;
enum err webhooks_make(struct req *q, struct reply *r) MUST_USE;
enum err webhooks_remove(struct req *q, struct reply *r) MUST_USE;

/* watch.c */
enum err watch_get(struct req *q, struct reply *r) MUST_USE;
enum err watch_start(struct req *q, struct reply *r) MUST_USE;

/* system.c */
enum err system_alive(struct req *q, struct reply *r) MUST_USE;
enum err system_ready(struct req *q, struct reply *r) MUST_USE;
enum err system_metrics(struct req *q, struct reply *r) MUST_USE;
enum err system_openapi(struct req *q, struct reply *r) MUST_USE;

#endif
