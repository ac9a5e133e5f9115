/* SPDX-License-Identifier: MIT */
/* All SQL of the SQLite store: the schema with its migrations, and each statement. Parameters are bound, never pasted.
 */
#pragma once

/* Migration N brings version N to N + 1. The version is PRAGMA user_version. */
static const char *const sqlite_migrations[] = {
  "CREATE TABLE host (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
  "CREATE TABLE run (id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, host INTEGER NOT NULL REFERENCES host (id),"
  " title TEXT, argv TEXT, cwd TEXT, python TEXT, pid INTEGER, started_us INTEGER NOT NULL,"
  " ended_us INTEGER NOT NULL DEFAULT 0, exit_status INTEGER, exit_signal INTEGER, end_reason TEXT,"
  " supervisor_pid INTEGER, supervisor_ticks INTEGER);"
  "CREATE INDEX run_started ON run (started_us);"
  "CREATE TABLE process (run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, pid INTEGER NOT NULL,"
  " start_ticks INTEGER NOT NULL, ppid INTEGER, command_line TEXT, started_us INTEGER, ended_us INTEGER, exit_text "
  "TEXT,"
  " PRIMARY KEY (run, pid, start_ticks)) WITHOUT ROWID;"
  "CREATE TABLE beat (run INTEGER NOT NULL, time_us INTEGER NOT NULL, seq INTEGER NOT NULL, lane TEXT NOT NULL,"
  " reason TEXT, caller TEXT, pid INTEGER, PRIMARY KEY (run, time_us, seq)) WITHOUT ROWID;"
  "CREATE TABLE freeze (id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, run INTEGER REFERENCES run (id) ON DELETE"
  " CASCADE, host INTEGER REFERENCES host (id), title TEXT, pid INTEGER, kind TEXT, cause TEXT,"
  " time_us INTEGER NOT NULL, last_beat_us INTEGER, stale_ms INTEGER, ended_us INTEGER, last_reason TEXT,"
  " last_caller TEXT, verdict_kind TEXT, summary TEXT, location TEXT, confidence TEXT, signature TEXT);"
  "CREATE INDEX freeze_time ON freeze (time_us);"
  "CREATE INDEX freeze_signature ON freeze (signature, time_us);"
  "CREATE TABLE snapshot (freeze INTEGER PRIMARY KEY REFERENCES freeze (id) ON DELETE CASCADE, document BLOB NOT NULL);"
  "CREATE TABLE exception (freeze INTEGER PRIMARY KEY REFERENCES freeze (id) ON DELETE CASCADE, type_name TEXT,"
  " message TEXT, traceback TEXT);"
  "CREATE TABLE source (sha256 TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;"
  "CREATE VIEW flatline_heartbeat AS SELECT run * 1000000000 + seq AS id, time_us / 1000000.0 AS ts, reason, caller, "
  "pid,"
  " datetime (time_us / 1000000, 'unixepoch') AS created FROM beat WHERE lane = 'program';",
};

#define SQL_ADD_HOST "INSERT OR IGNORE INTO host (name) VALUES (?1)"

#define SQL_ADD_RUN                                                                                                    \
  "INSERT OR IGNORE INTO run (uid, host, title, argv, cwd, python, pid, started_us, supervisor_pid, supervisor_ticks)" \
  " VALUES (?1, (SELECT id FROM host WHERE name = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"

#define SQL_END_RUN                                                                                                    \
  "UPDATE run SET ended_us = ?2, exit_status = ?3, exit_signal = ?4, end_reason = ?5, python = ?6, pid = ?7 WHERE "    \
  "uid = ?1"

#define SQL_ADD_BEAT                                                                                                   \
  "INSERT OR IGNORE INTO beat (run, time_us, seq, lane, reason, caller, pid)"                                          \
  " VALUES ((SELECT id FROM run WHERE uid = ?1), ?2, ?3, ?4, ?5, ?6, ?7)"

#define SQL_ADD_FREEZE                                                                                                 \
  "INSERT OR IGNORE INTO freeze (uid, run, host, title, pid, kind, cause, time_us, last_beat_us, stale_ms, ended_us,"  \
  " last_reason, last_caller, verdict_kind, summary, location, confidence, signature)"                                 \
  " VALUES (?1, (SELECT id FROM run WHERE uid = ?2), (SELECT id FROM host WHERE name = ?3), ?4, ?5, ?6, ?7, ?8, ?9,"   \
  " ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"

#define SQL_UPDATE_FREEZE                                                                                              \
  "UPDATE freeze SET ended_us = ?2, verdict_kind = ?3, summary = ?4, location = ?5, confidence = ?6, signature = ?7"   \
  " WHERE uid = ?1"

#define SQL_ADD_SNAPSHOT "INSERT OR REPLACE INTO snapshot (freeze, document) SELECT id, ?2 FROM freeze WHERE uid = ?1"

#define SQL_ADD_EXCEPTION                                                                                              \
  "INSERT OR REPLACE INTO exception (freeze, type_name, message, traceback)"                                           \
  " SELECT id, ?2, ?3, ?4 FROM freeze WHERE uid = ?1"

#define SQL_ADD_SOURCE "INSERT OR IGNORE INTO source (sha256, text) VALUES (?1, ?2)"

#define SQL_LOAD_SNAPSHOT "SELECT document FROM snapshot WHERE freeze = ?1"
#define SQL_LOAD_SOURCE   "SELECT text FROM source WHERE sha256 = ?1"
#define SQL_DELETE_FREEZE "DELETE FROM freeze WHERE id = ?1"

#define SQL_LIST_RUNS                                                                                                  \
  "SELECT run.id, uid, host.name, title, argv, cwd, python, pid, started_us, ended_us, exit_status, exit_signal,"      \
  " end_reason FROM run JOIN host ON host.id = run.host WHERE (?1 = 0 OR run.id < ?1) AND (?2 = 0 OR started_us >= "   \
  "?2)"                                                                                                                \
  " AND (?3 = 0 OR started_us <= ?3) AND (?4 IS NULL OR host.name = ?4)"                                               \
  " AND (?5 IS NULL OR title LIKE ?5 ESCAPE '\\') ORDER BY run.id DESC LIMIT ?6"

#define SQL_LIST_FREEZES                                                                                               \
  "SELECT freeze.id, freeze.uid, freeze.run, host.name, freeze.title, freeze.pid, kind, cause, time_us, last_beat_us," \
  " stale_ms, freeze.ended_us, last_reason, last_caller, verdict_kind, summary, location, confidence, signature"       \
  " FROM freeze LEFT JOIN host ON host.id = freeze.host"                                                               \
  " WHERE (?1 = 0 OR freeze.id < ?1) AND (?2 = 0 OR time_us >= ?2) AND (?3 = 0 OR time_us <= ?3)"                      \
  " AND (?4 IS NULL OR host.name = ?4) AND (?5 IS NULL OR summary LIKE ?5 ESCAPE '\\' OR location LIKE ?5 ESCAPE '\\'" \
  " OR freeze.title LIKE ?5 ESCAPE '\\' OR host.name LIKE ?5 ESCAPE '\\') AND (?6 IS NULL OR verdict_kind = ?6)"       \
  " AND (?7 IS NULL OR signature = ?7) AND (?8 = 0 OR freeze.run = ?8) ORDER BY freeze.id DESC LIMIT ?9"

#define SQL_LIST_BEATS                                                                                                 \
  "SELECT time_us, lane, reason, caller, pid FROM beat WHERE run = COALESCE ((SELECT id FROM run WHERE uid = ?1), ?2)" \
  " AND time_us >= ?3 AND time_us <= ?4 ORDER BY time_us, seq LIMIT ?5"

#define SQL_LIST_OPEN_RUNS                                                                                             \
  "SELECT run.id, supervisor_pid, supervisor_ticks FROM run JOIN host ON host.id = run.host"                           \
  " WHERE ended_us = 0 AND end_reason IS NULL AND host.name = ?1"

#define SQL_MARK_ABANDONED "UPDATE run SET end_reason = 'supervisor died' WHERE id = ?1 AND ended_us = 0"
