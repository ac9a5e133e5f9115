/* SPDX-License-Identifier: MIT */
/*
 * All SQL of the store: the schema with its migrations, and each statement; for both dialects ({words}: see
 * flatline-database.h). Parameters are bound in the order of their "?".
 */
#pragma once

/* What a freeze is counted by; one expression for one column each of freeze_part. */
#define SQL_SIGN_UNSIGNED "UPDATE freeze SET signature = '' WHERE signature IS NULL"
#define SQL_PART_COLUMNS  "signature, COALESCE(host, 0), COALESCE(verdict_kind, ''), COALESCE(kind, '')"
#define SQL_COUNT_PARTS                                                                                                \
  "INSERT INTO freeze_part (signature, host, verdict_kind, kind, freezes, first_us, last_us) SELECT " SQL_PART_COLUMNS \
  ", COUNT(*), MIN(time_us), MAX(time_us) FROM freeze"

/*
 * Migration N brings version N to N + 1. Each may be begun again after it was cut short: a server commits after every
 * CREATE. The version is PRAGMA user_version of the file, and the table flatline_version of a server.
 */
static const char *const flatline_store_migrations[] = {
  "CREATE TABLE {if_missing} host (id {id}, name {name} NOT NULL UNIQUE) {table};"
  "CREATE TABLE {if_missing} run (id {id}, uid {name} NOT NULL UNIQUE, host {int} NOT NULL REFERENCES host (id),"
  " title {text}, argv {text}, cwd {text}, python {text}, pid {int}, started_us {int} NOT NULL,"
  " ended_us {int} NOT NULL DEFAULT 0, exit_status {int}, exit_signal {int}, end_reason {text},"
  " supervisor_pid {int}, supervisor_ticks {int}) {table};"
  "CREATE INDEX {if_missing} run_started ON run (started_us);"
  "CREATE TABLE {if_missing} beat (run {int} NOT NULL, time_us {int} NOT NULL, seq {int} NOT NULL, lane {name} NOT "
  "NULL,"
  " reason {text}, caller {text}, pid {int}, PRIMARY KEY (run, time_us, seq)) {clustered};"
  "CREATE TABLE {if_missing} freeze (id {id}, uid {name} NOT NULL UNIQUE, run {int} REFERENCES run (id) ON DELETE"
  " CASCADE, host {int} REFERENCES host (id), title {text}, pid {int}, kind {name}, cause {text},"
  " time_us {int} NOT NULL, last_beat_us {int}, stale_ms {int}, ended_us {int}, last_reason {text},"
  " last_caller {text}, verdict_kind {name}, summary {text}, location {text}, confidence {name}, signature {name})"
  " {table};"
  "CREATE INDEX {if_missing} freeze_time ON freeze (time_us);"
  "CREATE INDEX {if_missing} freeze_signature ON freeze (signature, time_us);"
  "CREATE TABLE {if_missing} snapshot (freeze {key_of freeze}, document {bytes} NOT NULL) {table};"
  "CREATE TABLE {if_missing} exception (freeze {key_of freeze}, type_name {text}, message {text}, traceback {text})"
  " {table};"
  "CREATE TABLE {if_missing} source (sha256 {name} PRIMARY KEY, text {text} NOT NULL) {clustered};"
  "CREATE VIEW {if_missing} flatline_heartbeat AS SELECT run * 1000000000 + seq AS id, time_us / 1e6 AS ts, reason,"
  " caller, pid, {created} AS created FROM beat WHERE lane = 'program'",

  "ALTER TABLE run ADD COLUMN {if_missing} seen_us {int} NOT NULL DEFAULT 0;"
  "ALTER TABLE run ADD COLUMN {if_missing} clock_ahead_us {int} NOT NULL DEFAULT 0;"
  "CREATE TABLE {if_missing} beat_rate (run {int} NOT NULL, time_us {int} NOT NULL, lane {name} NOT NULL,"
  " beats {int} NOT NULL, PRIMARY KEY (run, time_us, lane)) {clustered};"
  "CREATE INDEX {if_missing} freeze_kind ON freeze (verdict_kind, time_us);"
  "CREATE INDEX {if_missing} freeze_host ON freeze (host, time_us);"
  "CREATE INDEX {if_missing} freeze_run ON freeze (run, time_us)",

  "CREATE TABLE {if_missing} snapshot_source (freeze {int} NOT NULL REFERENCES freeze (id) ON DELETE CASCADE,"
  " sha256 {name} NOT NULL, PRIMARY KEY (freeze, sha256)) {clustered};"
  "CREATE INDEX {if_missing} snapshot_source_sha256 ON snapshot_source (sha256);"
  "ALTER TABLE source ADD COLUMN {if_missing} counted {int} NOT NULL DEFAULT 0",

  "{recluster_beats};" SQL_SIGN_UNSIGNED ";"
  "CREATE TABLE {if_missing} freeze_group (signature {name} NOT NULL PRIMARY KEY, freezes {int} NOT NULL,"
  " first_us {int} NOT NULL, last_us {int} NOT NULL) {clustered};"
  "CREATE INDEX {if_missing} freeze_group_last ON freeze_group (last_us);"
  "CREATE INDEX {if_missing} freeze_group_freezes ON freeze_group (freezes);"
  "DELETE FROM freeze_group;"
  "INSERT INTO freeze_group (signature, freezes, first_us, last_us) SELECT signature, COUNT(*), MIN(time_us),"
  " MAX(time_us) FROM freeze GROUP BY signature",

  "CREATE TABLE {if_missing} freeze_part (signature {name} NOT NULL, host {int} NOT NULL, verdict_kind {name} NOT NULL,"
  " kind {name} NOT NULL, freezes {int} NOT NULL, first_us {int} NOT NULL, last_us {int} NOT NULL,"
  " PRIMARY KEY (signature, host, verdict_kind, kind)) {clustered};"
  "CREATE INDEX {if_missing} freeze_part_host ON freeze_part (host, verdict_kind);"
  "CREATE INDEX {if_missing} freeze_part_kind ON freeze_part (verdict_kind);"
  "DELETE FROM freeze_part;" SQL_COUNT_PARTS " GROUP BY " SQL_PART_COLUMNS,
};

/* Writing */

#define SQL_ADD_HOST "INSERT INTO host (name) VALUES (?) {once name}"

#define SQL_ADD_RUN                                                                                                    \
  "INSERT INTO run (uid, host, title, argv, cwd, python, pid, started_us, supervisor_pid, supervisor_ticks, seen_us,"  \
  " clock_ahead_us) VALUES (?, (SELECT id FROM host WHERE name = ?), ?, ?, ?, ?, ?, ?, ?, ?, {now_us}, ?) {once uid}"

#define SQL_END_RUN                                                                                                    \
  "UPDATE run SET ended_us = ?, exit_status = ?, exit_signal = ?, end_reason = ?, python = ?, pid = ? WHERE uid = ?"

#define SQL_FIND_RUN "SELECT id FROM run WHERE uid = ?"

#define SQL_SEE_RUN "UPDATE run SET seen_us = {now_us}, clock_ahead_us = ? WHERE id = ?"

/* Beats go in many rows at once: the head, then a row each, then the tail. */
#define SQL_ADD_BEATS_HEAD "INSERT INTO beat (run, time_us, seq, lane, reason, caller, pid) VALUES "
#define SQL_ADD_BEATS_ROW  "(?, ?, ?, ?, ?, ?, ?)"
#define SQL_ADD_BEATS_TAIL " {once seq}"

#define SQL_ADD_FREEZE                                                                                                 \
  "INSERT INTO freeze (uid, run, host, title, pid, kind, cause, time_us, last_beat_us, stale_ms, ended_us,"            \
  " last_reason, last_caller, verdict_kind, summary, location, confidence, signature)"                                 \
  " VALUES (?, (SELECT id FROM run WHERE uid = ?), (SELECT id FROM host WHERE name = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?,"   \
  " ?, ?, ?, ?, ?, ?) {once uid}"

#define SQL_UPDATE_FREEZE                                                                                              \
  "UPDATE freeze SET ended_us = ?, verdict_kind = ?, summary = ?, location = ?, confidence = ?, signature = ?"         \
  " WHERE uid = ?"

#define SQL_ADD_SNAPSHOT "REPLACE INTO snapshot (freeze, document) SELECT id, ? FROM freeze WHERE uid = ?"

#define SQL_ADD_EXCEPTION                                                                                              \
  "REPLACE INTO exception (freeze, type_name, message, traceback) SELECT id, ?, ?, ? FROM freeze WHERE uid = ?"

#define SQL_ADD_SOURCE "INSERT INTO source (sha256, text, counted) VALUES (?, ?, 1) {once sha256}"

#define SQL_USE_SOURCE "REPLACE INTO snapshot_source (freeze, sha256) SELECT id, ? FROM freeze WHERE uid = ?"

#define SQL_DELETE_FREEZE "DELETE FROM freeze WHERE id = ?"

/*
 * How many freezes bear a signature, since when, until when; and the same of each host, verdict and kind: counted as
 * they come and go, not by whoever asks.
 */
#define SQL_JOIN_GROUP                                                                                                 \
  "INSERT INTO freeze_group (signature, freezes, first_us, last_us) SELECT signature, 1, time_us, time_us FROM freeze" \
  " WHERE uid = ? {join_group}"
#define SQL_JOIN_PART                                                                                                  \
  "INSERT INTO freeze_part (signature, host, verdict_kind, kind, freezes, first_us, last_us) SELECT " SQL_PART_COLUMNS \
  ", 1, time_us, time_us FROM freeze WHERE uid = ? {join_group}"
#define SQL_LEAVE_GROUP                                                                                                \
  "UPDATE freeze_group SET freezes = freezes - 1,"                                                                     \
  " first_us = COALESCE((SELECT MIN(time_us) FROM freeze WHERE signature = ?), 0),"                                    \
  " last_us = COALESCE((SELECT MAX(time_us) FROM freeze WHERE signature = ?), 0) WHERE signature = ?"
#define SQL_DROP_EMPTY_GROUP "DELETE FROM freeze_group WHERE signature = ? AND freezes <= 0"

/* Along the index of signature and time, to the first that is of this part: near either end, as a rule. */
#define SQL_EDGE_OF_PART                                                                                               \
  "COALESCE((SELECT time_us FROM freeze {along_signature} WHERE signature = ? AND COALESCE(host, 0) = ? AND "          \
  "COALESCE(verdict_kind, '')"                                                                                         \
  " = ? AND COALESCE(kind, '') = ? ORDER BY time_us"
#define SQL_IS_PART " WHERE signature = ? AND host = ? AND verdict_kind = ? AND kind = ?"
#define SQL_LEAVE_PART                                                                                                 \
  "UPDATE freeze_part SET freezes = freezes - 1, first_us = " SQL_EDGE_OF_PART                                         \
  " LIMIT 1), 0), last_us = " SQL_EDGE_OF_PART " DESC LIMIT 1), 0)" SQL_IS_PART
#define SQL_DROP_EMPTY_PART "DELETE FROM freeze_part" SQL_IS_PART " AND freezes <= 0"

#define SQL_PLACE_OF_UID "SELECT " SQL_PART_COLUMNS " FROM freeze WHERE uid = ?"
#define SQL_PLACE_OF_ID  "SELECT " SQL_PART_COLUMNS " FROM freeze WHERE id = ?"

/* Groups that somebody changed who did not count (an older Flatline), a page of them; and counting them again. */
#define SQL_LIST_WRONG_GROUPS                                                                                          \
  "SELECT counted.signature FROM (SELECT signature, COUNT(*) AS n FROM freeze GROUP BY signature) AS counted"          \
  " LEFT JOIN freeze_group ON freeze_group.signature = counted.signature"                                              \
  " LEFT JOIN (SELECT signature, SUM(freezes) AS n FROM freeze_part GROUP BY signature) AS parts"                      \
  " ON parts.signature = counted.signature"                                                                            \
  " WHERE COALESCE(freezes, 0) <> counted.n OR COALESCE(parts.n, 0) <> counted.n LIMIT ?"
#define SQL_LIST_EMPTY_GROUPS                                                                                          \
  "SELECT signature FROM freeze_group WHERE NOT EXISTS (SELECT 1 FROM freeze WHERE freeze.signature ="                 \
  " freeze_group.signature) LIMIT ?"
#define SQL_DROP_GROUP "DELETE FROM freeze_group WHERE signature = ?"
#define SQL_DROP_PARTS "DELETE FROM freeze_part WHERE signature = ?"
#define SQL_COUNT_GROUP_AGAIN                                                                                          \
  "INSERT INTO freeze_group (signature, freezes, first_us, last_us) SELECT signature, COUNT(*), MIN(time_us),"         \
  " MAX(time_us) FROM freeze WHERE signature = ? GROUP BY signature"
#define SQL_COUNT_PARTS_AGAIN SQL_COUNT_PARTS " WHERE signature = ? GROUP BY " SQL_PART_COLUMNS

/* Reading */

#define SQL_LOAD_SNAPSHOT "SELECT document FROM snapshot WHERE freeze = ?"
#define SQL_LOAD_SOURCE   "SELECT text FROM source WHERE sha256 = ?"

/* Conditions are added to these, then ORDER BY and LIMIT (flatline-store-listing.c). */
#define SQL_LIST_RUNS                                                                                                  \
  "SELECT run.id, uid, host.name, title, argv, cwd, python, pid, started_us, ended_us, exit_status, exit_signal,"      \
  " end_reason, {now_us} - seen_us FROM run JOIN host ON host.id = run.host WHERE 1 = 1"

#define SQL_LIST_FREEZES                                                                                               \
  "SELECT freeze.id, freeze.uid, freeze.run, host.name, freeze.title, freeze.pid, kind, cause, time_us, last_beat_us," \
  " stale_ms, freeze.ended_us, last_reason, last_caller, verdict_kind, summary, location, confidence, signature"       \
  " FROM freeze LEFT JOIN host ON host.id = freeze.host WHERE 1 = 1"

/* All groups there are; of some hosts or kinds, from the counts of parts; by what was not counted, from all freezes. */
#define SQL_LIST_GROUPS "SELECT signature, freezes, first_us, last_us FROM freeze_group"
#define SQL_LIST_GROUPS_OF_PARTS                                                                                       \
  "SELECT signature, SUM(freezes) AS freezes, MIN(first_us) AS first_us, MAX(last_us) AS last_us FROM freeze_part"
#define SQL_LIST_GROUPS_OF                                                                                             \
  "SELECT signature, COUNT(*) AS freezes, MIN(time_us) AS first_us, MAX(time_us) AS last_us FROM freeze"

/*
 * Of a span of time: a group that lies in it is counted already. Of one that reaches out of it, whichever side is
 * the shorter is counted, by the index.
 */
#define SQL_OF_REACHING_GROUP                                                                                          \
  " FROM freeze {along_signature} WHERE freeze.signature = freeze_group.signature AND time_us "
#define SQL_LIST_GROUPS_WITHIN                                                                                         \
  "SELECT signature, freezes, first_us, last_us FROM (SELECT signature, freezes, first_us, last_us FROM freeze_group"  \
  " WHERE first_us >= ? AND last_us <= ? UNION ALL SELECT signature,"                                                  \
  " CASE WHEN last_us - first_us < 2 * (last_us - ?)"                                                                  \
  " THEN freezes - (SELECT COUNT(*)" SQL_OF_REACHING_GROUP "< ?) - (SELECT COUNT(*)" SQL_OF_REACHING_GROUP "> ?)"      \
  " ELSE (SELECT COUNT(*)" SQL_OF_REACHING_GROUP ">= ? AND time_us <= ?) END AS freezes,"                              \
  " (SELECT MIN(time_us)" SQL_OF_REACHING_GROUP ">= ?) AS first_us,"                                                   \
  " (SELECT MAX(time_us)" SQL_OF_REACHING_GROUP "<= ?) AS last_us"                                                     \
  " FROM freeze_group WHERE last_us >= ? AND first_us <= ? AND (first_us < ? OR last_us > ?)) AS reaching"             \
  " WHERE freezes > 0"

#define SQL_LIST_BEAT_RATES                                                                                            \
  "SELECT time_us, lane, beats FROM beat_rate WHERE run = ? AND time_us >= ? AND time_us <= ? ORDER BY time_us, lane"

#define SQL_LIST_HOSTS       "SELECT name FROM host ORDER BY name"
#define SQL_FIND_HOST        "SELECT id FROM host WHERE name = ?"
#define SQL_FIND_FREEZE_TIME "SELECT time_us FROM freeze WHERE id = ?"

/* Beats are clustered by run, lane and time: each lane is a range of its own. */
#define SQL_NEXT_LANE "SELECT lane FROM beat WHERE run = ? AND lane > ? ORDER BY lane LIMIT 1"
#define SQL_LIST_BEATS                                                                                                 \
  "SELECT time_us, reason, caller, pid, seq FROM beat WHERE run = ? AND lane = ? AND time_us >= ? AND time_us <= ?"    \
  " ORDER BY time_us, seq LIMIT ?"
/* The first beat of a span of time, as one column of many. */
#define SQL_FIRST_BEAT "(SELECT MIN(time_us) FROM beat WHERE run = ? AND lane = ? AND time_us >= ? AND time_us < ?)"

/* By the database's clock. */
#define SQL_NEWEST_BEAT_AGE                                                                                            \
  "SELECT {now_us} - clock_ahead_us - (SELECT time_us FROM beat WHERE beat.run = ? AND lane = 'program' AND pid = ?"   \
  " AND time_us >= ? ORDER BY time_us DESC LIMIT 1) FROM run WHERE id = ?"

#define SQL_READ_CLOCK "SELECT {now_us}"

/* Runs that nobody ends any more */

#define SQL_LIST_OPEN_RUNS                                                                                             \
  "SELECT run.id, supervisor_pid, supervisor_ticks FROM run JOIN host ON host.id = run.host"                           \
  " WHERE ended_us = 0 AND end_reason IS NULL AND host.name = ? AND seen_us < {now_us} - ?"

#define SQL_MARK_ABANDONED "UPDATE run SET end_reason = 'supervisor died' WHERE id = ? AND ended_us = 0"

/* Pruning, in steps: a page of old rows at a time. MariaDB takes no LIMIT right inside IN. */

#define SQL_NEXT_OLD_FREEZES "SELECT id FROM freeze WHERE time_us < ? ORDER BY time_us LIMIT ?"

#define SQL_PRUNE_SOURCES                                                                                              \
  "DELETE FROM source WHERE sha256 IN (SELECT sha256 FROM (SELECT sha256 FROM source WHERE counted = 1 AND NOT EXISTS" \
  " (SELECT 1 FROM snapshot_source WHERE snapshot_source.sha256 = source.sha256) LIMIT ?) AS page)"

/* From lane to lane, from run to run: the first of its beats is the oldest one. */
#define SQL_FIRST_OF_NEXT_LANE                                                                                         \
  "SELECT run, lane, time_us FROM beat WHERE run = ? AND lane > ? ORDER BY lane, time_us LIMIT 1"
#define SQL_FIRST_OF_NEXT_RUN "SELECT run, lane, time_us FROM beat WHERE run > ? ORDER BY run, lane, time_us LIMIT 1"
#define SQL_NTH_BEAT          "SELECT time_us FROM beat WHERE run = ? AND lane = ? ORDER BY time_us LIMIT 1 OFFSET ?"
#define SQL_ADD_RATES                                                                                                  \
  "INSERT INTO beat_rate (run, time_us, lane, beats) SELECT run, time_us - time_us % 60000000 AS minute_us, lane,"     \
  " COUNT(*) FROM beat WHERE run = ? AND lane = ? AND time_us < ? GROUP BY run, minute_us, lane {add_to beats}"
#define SQL_DELETE_BEATS_BEFORE "DELETE FROM beat WHERE run = ? AND lane = ? AND time_us < ?"

#define SQL_NEXT_OLD_RUN                                                                                               \
  "SELECT id FROM run WHERE started_us < ? AND (ended_us > 0 OR end_reason IS NOT NULL) AND NOT EXISTS"                \
  " (SELECT 1 FROM freeze WHERE freeze.run = run.id) AND NOT EXISTS (SELECT 1 FROM beat WHERE beat.run = run.id)"      \
  " ORDER BY started_us LIMIT 1"
#define SQL_DELETE_RATES "DELETE FROM beat_rate WHERE run = ?"
#define SQL_DELETE_RUN   "DELETE FROM run WHERE id = ?"

/* Of the file; free pages are used again. */
#define SQL_READ_BYTES                                                                                                 \
  "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
