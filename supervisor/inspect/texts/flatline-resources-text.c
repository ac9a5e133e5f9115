/* SPDX-License-Identifier: MIT */
/* What a program has open: files (Modules/_io), sockets (Modules/socketmodule.c, Lib/socket.py), children, temporary
 * files and folders. */
#include "flatline-attributes.h"
#include "flatline-library-text-private.h"
#include "flatline-strings.h"
#include "flatline-text-fields.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* After sys/socket.h, whose types it takes. */
#include <linux/netlink.h>

#define MAX_LAYERS   8
#define MAX_POPEN    80 /* characters */
#define POPEN_IS_CUT 76

/* Of text the buffer is asked, of a buffer its raw file. */
guint64
flatline_text_find_file_name (FlatlineTextWriter *self, guint64 file)
{
  for (guint i = 0; i < MAX_LAYERS; i++)
    {
      const FlatlineTypeInfo *type = flatline_text_type_of (self, file);
      const guint64 fields = flatline_text_fields_of (self, file);

      if (!type)
        return 0;
      if (strcmp (type->full_name, "_io.TextIOWrapper") == 0)
        file = flatline_text_read_pointer (self, fields + 16);
      else if (g_str_has_prefix (type->full_name, "_io.Buffered"))
        file = flatline_text_read_pointer (self, fields);
      else
        return flatline_text_get (self, file, "name");
    }
  return 0;
}

/* From 3.13 on classes of the program are called by their own names. */
static const char *
name_of_class (FlatlineTextWriter *self, const FlatlineTypeInfo *type, const char *usual)
{
  return self->target->layout.version >= 0x030d ? flatline_text_type_name (type) : usual;
}

/* Two flags, the size of chunks, the buffer, the encoding; the mode is an attribute that open() sets. */
void
flatline_library_append_text_file (FlatlineTextWriter *self,
                                   GString *text,
                                   guint64 address,
                                   const FlatlineTypeInfo *type)
{
  const guint64 name = flatline_text_find_file_name (self, address), mode = flatline_text_get (self, address, "mode");

  g_string_append_printf (text, "<%s", name_of_class (self, type, "_io.TextIOWrapper"));
  if (name)
    {
      g_string_append (text, " name=");
      flatline_text_append_object (self, text, name);
    }
  if (mode)
    {
      g_string_append (text, " mode=");
      flatline_text_append_object (self, text, mode);
    }
  g_string_append (text, " encoding=");
  flatline_text_append_object (self, text,
                               flatline_text_read_pointer (self, flatline_text_fields_of (self, address) + 24));
  g_string_append_c (text, '>');
}

void
flatline_library_append_buffered_file (FlatlineTextWriter *self,
                                       GString *text,
                                       guint64 address,
                                       const FlatlineTypeInfo *type)
{
  const guint64 name = flatline_text_find_file_name (self, address);

  g_string_append_printf (text, "<%s", flatline_text_type_name (type));
  if (name)
    {
      g_string_append (text, " name=");
      flatline_text_append_object (self, text, name);
    }
  g_string_append_c (text, '>');
}

/* fileio: the descriptor; bits created, readable, writable, appending, two of seekable, 3.15 truncate, closefd. */
void
flatline_library_append_raw_file (FlatlineTextWriter *self,
                                  GString *text,
                                  guint64 address,
                                  const FlatlineTypeInfo *type)
{
  const guint64 fields = flatline_text_fields_of (self, address), name = flatline_text_find_file_name (self, address);
  const gboolean has_truncate = self->target->layout.version >= 0x030f;
  gboolean is_truncated;
  gint32 descriptor = -1, bits = 0;
  const char *way, *plus;

  flatline_memory_read_i32 (self->target->memory, fields, &descriptor);
  flatline_memory_read_i32 (self->target->memory, fields + 4, &bits);
  is_truncated = has_truncate && (bits & 64);
  g_string_append_printf (text, "<%s ", name_of_class (self, type, "_io.FileIO"));
  if (descriptor < 0)
    {
      g_string_append (text, "[closed]>");
      return;
    }
  way = bits & 1 ? "xb" : bits & 8 ? "ab" : !(bits & 2) || ((bits & 4) && is_truncated) ? "wb" : "rb";
  plus = (bits & 2) && (bits & 0xd) ? "+" : "";
  if (name)
    {
      g_string_append (text, "name=");
      flatline_text_append_object (self, text, name);
    }
  else
    g_string_append_printf (text, "fd=%d", descriptor);
  g_string_append_printf (text, " mode='%s%s' closefd=%s>", way, plus,
                          bits & (has_truncate ? 128 : 64) ? "True" : "False");
}

/* Modules/posixmodule.c: the name comes first. */
void
flatline_library_append_directory_entry (FlatlineTextWriter *self,
                                         GString *text,
                                         guint64 address,
                                         const FlatlineTypeInfo *type)
{
  g_string_append (text, "<DirEntry ");
  flatline_text_append_object (self, text, flatline_text_read_pointer (self, flatline_text_fields_of (self, address)));
  g_string_append_c (text, '>');
}

/* Lib/tempfile.py; from 3.14 on it writes itself. */
void
flatline_library_append_temporary_file (FlatlineTextWriter *self,
                                        GString *text,
                                        guint64 address,
                                        const FlatlineTypeInfo *type)
{
  g_string_append_printf (text, "<%s file=", flatline_text_short_name (type));
  flatline_text_append_attribute (self, text, address, "file");
  g_string_append_c (text, '>');
}

static void
append_address (GString *text, const char *label, const struct sockaddr_storage *address, socklen_t length)
{
  char host[INET6_ADDRSTRLEN] = "";

  if (address->ss_family == AF_INET)
    {
      const struct sockaddr_in *internet = (const struct sockaddr_in *)address;

      inet_ntop (AF_INET, &internet->sin_addr, host, sizeof host);
      g_string_append_printf (text, ", %s=('%s', %u)", label, host, ntohs (internet->sin_port));
    }
  else if (address->ss_family == AF_INET6)
    {
      const struct sockaddr_in6 *internet = (const struct sockaddr_in6 *)address;

      inet_ntop (AF_INET6, &internet->sin6_addr, host, sizeof host);
      g_string_append_printf (text, ", %s=('%s', %u, %u, %u)", label, host, ntohs (internet->sin6_port),
                              ntohl (internet->sin6_flowinfo), internet->sin6_scope_id);
    }
  else if (address->ss_family == AF_NETLINK)
    {
      const struct sockaddr_nl *netlink = (const struct sockaddr_nl *)address;

      g_string_append_printf (text, ", %s=(%u, %u)", label, netlink->nl_pid, netlink->nl_groups);
    }
  else if (address->ss_family == AF_UNIX && length > offsetof (struct sockaddr_un, sun_path))
    {
      const struct sockaddr_un *local = (const struct sockaddr_un *)address;
      const gsize n = length - offsetof (struct sockaddr_un, sun_path);

      g_string_append_printf (text, ", %s=", label);
      /* Python has the names without a file as bytes. */
      if (local->sun_path[0] == '\0')
        flatline_text_append_bytes (text, (const guint8 *)local->sun_path, n);
      else
        g_string_append_len (text, local->sun_path, (gssize)strnlen (local->sun_path, n));
    }
}

/* The kernel knows the addresses: it is asked through a copy of the descriptor, which disturbs nobody. */
static void
append_addresses (FlatlineTextWriter *self, GString *text, int descriptor)
{
  const int process = self->target->is_core ? -1 : (int)syscall (SYS_pidfd_open, (pid_t)self->target->pid, 0);
  const int copy = process >= 0 ? (int)syscall (SYS_pidfd_getfd, process, descriptor, 0) : -1;
  struct sockaddr_storage address;
  socklen_t length = sizeof address;

  if (copy >= 0 && getsockname (copy, (struct sockaddr *)&address, &length) == 0)
    append_address (text, "laddr", &address, length);
  length = sizeof address;
  if (copy >= 0 && getpeername (copy, (struct sockaddr *)&address, &length) == 0)
    append_address (text, "raddr", &address, length);
  if (copy >= 0)
    close (copy);
  if (process >= 0)
    close (process);
}

/* Up to 3.10 the numbers have names. */
static void
append_constant (FlatlineTextWriter *self, GString *text, const char *label, gint32 number)
{
  static const struct
  {
    const char *label, *name;
    gint32 number;
  } names[] = {
    { "family", "AddressFamily.AF_UNIX", AF_UNIX },          { "family", "AddressFamily.AF_INET", AF_INET },
    { "family", "AddressFamily.AF_INET6", AF_INET6 },        { "family", "AddressFamily.AF_NETLINK", AF_NETLINK },
    { "family", "AddressFamily.AF_PACKET", AF_PACKET },      { "type", "SocketKind.SOCK_STREAM", SOCK_STREAM },
    { "type", "SocketKind.SOCK_DGRAM", SOCK_DGRAM },         { "type", "SocketKind.SOCK_RAW", SOCK_RAW },
    { "type", "SocketKind.SOCK_SEQPACKET", SOCK_SEQPACKET },
  };

  for (guint i = 0; self->target->layout.version < 0x030b && i < G_N_ELEMENTS (names); i++)
    if (names[i].number == number && strcmp (names[i].label, label) == 0)
      {
        g_string_append_printf (text, ", %s=%s", label, names[i].name);
        return;
      }
  g_string_append_printf (text, ", %s=%d", label, number);
}

/* PySocketSockObject: descriptor, family, type, protocol. */
void
flatline_text_append_socket (
    FlatlineTextWriter *self, GString *text, guint64 address, const char *name, const char *state)
{
  const guint64 fields = flatline_text_fields_of (self, address);
  gint32 descriptor = -1, family = 0, kind = 0, protocol = 0;

  flatline_memory_read_i32 (self->target->memory, fields, &descriptor);
  flatline_memory_read_i32 (self->target->memory, fields + 4, &family);
  flatline_memory_read_i32 (self->target->memory, fields + 8, &kind);
  flatline_memory_read_i32 (self->target->memory, fields + 12, &protocol);
  g_string_append_printf (text, "<%s%s fd=%d", name, state, descriptor);
  append_constant (self, text, "family", family);
  append_constant (self, text, "type", kind);
  g_string_append_printf (text, ", proto=%d", protocol);
  if (*state == '\0' && descriptor >= 0)
    append_addresses (self, text, descriptor);
  g_string_append_c (text, '>');
}

void
flatline_library_append_socket (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  const gboolean is_closed = flatline_text_get_number (self, address, "_closed") != 0;

  flatline_text_append_socket (self, text, address, type->full_name, is_closed ? " [closed]" : "");
}

/* Lib/subprocess.py */
void
flatline_library_append_child (FlatlineTextWriter *self, GString *text, guint64 address, const FlatlineTypeInfo *type)
{
  g_autoptr (GString) own = g_string_new (NULL);

  g_string_append_printf (own, "<%s: returncode: ", flatline_text_short_name (type));
  flatline_text_append_attribute (self, own, address, "returncode");
  g_string_append (own, " args: ");
  flatline_text_append_attribute (self, own, address, "args");
  g_string_append_c (own, '>');
  if (g_utf8_strlen (own->str, -1) > MAX_POPEN)
    {
      g_string_truncate (own, (gsize)(g_utf8_offset_to_pointer (own->str, POPEN_IS_CUT) - own->str));
      g_string_append (own, "...>");
    }
  g_string_append_len (text, own->str, (gssize)own->len);
}

void
flatline_library_append_completed_child (FlatlineTextWriter *self,
                                         GString *text,
                                         guint64 address,
                                         const FlatlineTypeInfo *type)
{
  static const char *const names[] = { "args", "returncode", "stdout", "stderr" };

  g_string_append_printf (text, "%s(", flatline_text_short_name (type));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      guint64 value = flatline_text_get (self, address, names[i]);

      if (i >= 2 && flatline_text_is_none (self, value))
        continue;
      g_string_append_printf (text, "%s%s=", i > 0 ? ", " : "", names[i]);
      flatline_text_append_object (self, text, value);
    }
  g_string_append_c (text, ')');
}
