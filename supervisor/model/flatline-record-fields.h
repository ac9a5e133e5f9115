/* SPDX-License-Identifier: MIT */
/*
 * Private to model/. The tables of fields: (type of the record, key, member). What is sparse is left out of the JSON
 * when it is zero, which is for what most records do not have.
 */
#pragma once

#include "flatline-record.h"

#define FLATLINE_FIELD(Kind, Type, key, member, record_type, sparse)                                                   \
  {                                                                                                                    \
    key, FLATLINE_FIELD_##Kind, G_STRUCT_OFFSET (Type, member), record_type, sparse                                    \
  }

#define BOOLEAN(Type, key, member)             FLATLINE_FIELD (BOOLEAN, Type, key, member, NULL, FALSE)
#define INTEGER(Type, key, member)             FLATLINE_FIELD (INTEGER, Type, key, member, NULL, FALSE)
#define ADDRESS(Type, key, member)             FLATLINE_FIELD (ADDRESS, Type, key, member, NULL, TRUE)
#define DOUBLE(Type, key, member)              FLATLINE_FIELD (DOUBLE, Type, key, member, NULL, FALSE)
#define STRING(Type, key, member)              FLATLINE_FIELD (STRING, Type, key, member, NULL, FALSE)
#define STRV(Type, key, member)                FLATLINE_FIELD (STRV, Type, key, member, NULL, FALSE)
#define SPARSE_BOOLEAN(Type, key, member)      FLATLINE_FIELD (BOOLEAN, Type, key, member, NULL, TRUE)
#define SPARSE_INTEGER(Type, key, member)      FLATLINE_FIELD (INTEGER, Type, key, member, NULL, TRUE)
#define RECORD(Type, key, member, record_type) FLATLINE_FIELD (RECORD, Type, key, member, record_type, FALSE)
#define LIST(Type, key, member, record_type)   FLATLINE_FIELD (LIST, Type, key, member, record_type, FALSE)
