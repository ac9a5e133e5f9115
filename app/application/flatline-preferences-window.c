/* SPDX-License-Identifier: MIT */
/*
 * The Preferences window: each row is bound to one key of GSettings, so that there is nothing to apply. What a running
 * program was started with stays; the next start takes what is set here. It is made group by group: to make and measure
 * all of it takes several frames.
 */
#include "config.h"

#include <glib/gi18n.h>
#include <string.h>

#include "flatline-accessible-names.h"
#include "flatline-config-store.h"
#include "flatline-database.h"
#include "flatline-frame-split.h"
#include "flatline-keyring.h"
#include "flatline-preferences-search.h"
#include "flatline-preferences.h"
#include "flatline-step-by-step.h"
#include "flatline-toast.h"

#define CONNECT_TIMEOUT_S 5
#define WIDTH             620
#define SPIN_CHARS        6

#define PREFERENCES "flatline-preferences"

typedef struct
{
  AdwPreferencesWindow *window; /* borrowed: it has this */
  GSettings *settings;
  AdwPreferencesPage *page; /* being made; not shown yet unless it is the first */
  AdwPreferencesGroup *server;
  GtkEditable *password_row;
  GtkWidget *test_button;
  GtkWidget *test_label;
} Preferences;

static Preferences *
get_preferences (gpointer window)
{
  return g_object_get_data (window, PREFERENCES);
}

static AdwPreferencesGroup *
add_group (AdwPreferencesPage *page, const char *title, const char *description)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  adw_preferences_group_set_title (group, title);
  adw_preferences_group_set_description (group, description);
  adw_preferences_page_add (page, group);
  return group;
}

static AdwPreferencesPage *
add_page (AdwPreferencesWindow *window, const char *title, const char *icon)
{
  AdwPreferencesPage *page = ADW_PREFERENCES_PAGE (adw_preferences_page_new ());

  adw_preferences_page_set_title (page, title);
  adw_preferences_page_set_icon_name (page, icon);
  adw_preferences_window_add (window, page);
  get_preferences (window)->page = page;
  return page;
}

/* The pages behind the first: to a window on the screen each row that is added is a new layout of all of it. */
static AdwPreferencesPage *
add_hidden_page (AdwPreferencesWindow *window, const char *title, const char *icon)
{
  AdwPreferencesPage *page = add_page (window, title, icon);

  gtk_widget_set_visible (GTK_WIDGET (page), FALSE);
  return page;
}

static void
measure_page (gpointer window)
{
  flatline_measure_ahead (GTK_WIDGET (get_preferences (window)->page), WIDTH);
}

static void
show_page (gpointer window)
{
  gtk_widget_set_visible (GTK_WIDGET (get_preferences (window)->page), TRUE);
}

/* By these words alone: libadwaita has it called by the row's title besides, and GTK 4.8 says both. */
static void
call (GtkWidget *widget, const char *words)
{
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
}

static AdwActionRow *
add_row (AdwPreferencesGroup *group, const char *title, const char *subtitle, GtkWidget *control)
{
  AdwActionRow *row = ADW_ACTION_ROW (adw_action_row_new ());

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (row, subtitle);
  gtk_widget_set_valign (control, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (row, control);
  adw_action_row_set_activatable_widget (row, control);
  call (control, title);
  adw_preferences_group_add (group, GTK_WIDGET (row));
  return row;
}

static void
add_switch (GSettings *settings, AdwPreferencesGroup *group, const char *title, const char *subtitle, const char *key)
{
  GtkWidget *control = gtk_switch_new ();

  add_row (group, title, subtitle, control);
  g_settings_bind (settings, key, control, "active", G_SETTINGS_BIND_DEFAULT);
}

/* A key of seconds or of a whole number, within its range of the schema. */
static void
add_number (GSettings *settings, AdwPreferencesGroup *group, const char *title, const char *subtitle, const char *key)
{
  g_autoptr (GSettingsSchema) schema = NULL;
  g_autoptr (GSettingsSchemaKey) schema_key = NULL;
  g_autoptr (GVariant) range = NULL;
  g_autoptr (GVariant) limits = NULL;
  GtkWidget *control;

  g_object_get (settings, "settings-schema", &schema, NULL);
  schema_key = g_settings_schema_get_key (schema, key);
  range = g_settings_schema_key_get_range (schema_key);
  g_variant_get (range, "(&sv)", NULL, &limits);
  if (g_variant_is_of_type (limits, G_VARIANT_TYPE ("(dd)")))
    {
      double low, high;

      g_variant_get (limits, "(dd)", &low, &high);
      control = gtk_spin_button_new_with_range (low, high, low < 1 ? 0.1 : 1);
      gtk_spin_button_set_digits (GTK_SPIN_BUTTON (control), 1);
    }
  else
    {
      gint32 low, high;

      g_variant_get (limits, "(ii)", &low, &high);
      control = gtk_spin_button_new_with_range (low, high, 1);
    }
  /* Below each other they are of one width, whatever their range. */
  gtk_editable_set_width_chars (GTK_EDITABLE (control), SPIN_CHARS);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (control), SPIN_CHARS);
  add_row (group, title, subtitle, control);
  g_settings_bind (settings, key, control, "value", G_SETTINGS_BIND_DEFAULT);
}

static GtkWidget *
add_entry (GSettings *settings, AdwPreferencesGroup *group, const char *title, const char *key)
{
  GtkWidget *row = key ? adw_entry_row_new () : adw_password_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  adw_preferences_group_add (group, row);
  if (key)
    g_settings_bind (settings, key, row, "text", G_SETTINGS_BIND_DEFAULT);
  return row;
}

/* Appearance */

static const char *const schemes[] = { "default", "light", "dark" };

static gboolean
scheme_to_index (GValue *value, GVariant *variant, gpointer user_data)
{
  const char *name = g_variant_get_string (variant, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_equal (name, schemes[i]))
      g_value_set_uint (value, i);
  return TRUE;
}

static GVariant *
index_to_scheme (const GValue *value, const GVariantType *type, gpointer user_data)
{
  guint index = g_value_get_uint (value);

  return g_variant_new_string (schemes[index < G_N_ELEMENTS (schemes) ? index : 0]);
}

static void
add_general_page (gpointer window)
{
  GSettings *settings = get_preferences (window)->settings;
  const char *const names[] = { _ ("As the desktop"), _ ("Light"), _ ("Dark"), NULL };
  AdwPreferencesPage *page = add_page (window, _ ("General"), "preferences-system-symbolic");
  AdwPreferencesGroup *look = add_group (page, _ ("Appearance"), NULL);
  g_autoptr (GtkStringList) list = gtk_string_list_new (names);
  GtkWidget *row = adw_combo_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("Colours"));
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (list));
  call (row, _ ("Colours"));
  adw_preferences_group_add (look, row);
  g_settings_bind_with_mapping (settings, "color-scheme", row, "selected", G_SETTINGS_BIND_DEFAULT, scheme_to_index,
                                index_to_scheme, NULL, NULL);
  add_switch (settings, look, _ ("Notifications"), _ ("Tell of a freeze when the window is not in front"),
              "notify-freezes");
}

static void
add_programs_group (gpointer window)
{
  GSettings *settings = get_preferences (window)->settings;
  AdwPreferencesGroup *programs = add_group (get_preferences (window)->page, _ ("Programs"), NULL);

  add_switch (settings, programs, _ ("Open Again What Was Open"), _ ("At the next start, in its tabs"), "restore-tabs");
  add_switch (settings, programs, _ ("Run It Again, Too"), _ ("Otherwise Restart does, when you want it"),
              "restart-tabs");
  add_entry (settings, programs, _ ("Python interpreter (empty: the script’s own)"), "python");
  add_switch (settings, programs, _ ("Record Every Line"), _ ("To step through a run afterwards; makes programs slow"),
              "record-runs");
  add_switch (settings, programs, _ ("Log Files"), _ ("Stack, variables and errors as text beside the program"),
              "log-files");
}

static void
add_supervision_page (gpointer window)
{
  GSettings *settings = get_preferences (window)->settings;
  AdwPreferencesPage *page = add_hidden_page (window, _ ("Supervision"), "heart-beat-symbolic");
  AdwPreferencesGroup *freeze =
      add_group (page, _ ("Freeze"), _ ("In seconds. A config.ini beside the program goes over these."));

  add_number (settings, freeze, _ ("Silence That Is a Freeze"), _ ("Since the last beat"), "freeze-threshold");
  add_number (settings, freeze, _ ("Look at the Process Every"), _ ("State, processor, interpreter"), "poll-interval");
  add_switch (settings, freeze, _ ("Silence Alone Is Enough"), _ ("Even when the program waits for events, idle"),
              "strict-beats");
}

static void
add_ends_group (gpointer window)
{
  GSettings *settings = get_preferences (window)->settings;
  AdwPreferencesGroup *ends = add_group (get_preferences (window)->page, _ ("Beginning and End"), NULL);

  add_number (settings, ends, _ ("Time to Begin"), _ ("Until the first beat"), "startup-threshold");
  add_number (settings, ends, _ ("Time to End"), _ ("After the program began to shut down"), "shutdown-threshold");
  add_number (settings, ends, _ ("Patience of Close and Restart"), _ ("Before SIGTERM, and before Force Kill"),
              "close-grace");
}

/* Test Connection */

/* "db.example:3306 (MariaDB 10.11.6)": what the packager added to the version is left out. */
static char *
dup_name_and_version (FlatlineDatabase *database, GError **error)
{
  FlatlineStatement *statement = flatline_database_query (database, error, "SELECT VERSION()", "");
  g_autofree char *version = NULL;
  char *words;

  if (!statement || flatline_statement_step (statement, error) != 1)
    return NULL;
  version = flatline_statement_dup_text (statement, 0);
  words = g_strdup_printf ("%s (MariaDB %.*s)", flatline_database_get_name (database), (int)strcspn (version, "-"),
                           version);
  flatline_statement_reset (statement);
  return words;
}

static void
connect_in_thread (GTask *task, gpointer source, gpointer server, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autoptr (FlatlineDatabase) database = flatline_database_try_mariadb (server, CONNECT_TIMEOUT_S, &error);
  char *words = database ? dup_name_and_version (database, &error) : NULL;

  if (words)
    g_task_return_pointer (task, words, g_free);
  else
    g_task_return_error (task, error);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Preferences *test = get_preferences (source);
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_task_propagate_pointer (G_TASK (result), &error);
  g_autofree char *words = name ? g_strdup_printf (_ ("Connected to %s"), name) : g_strdup (error->message);

  gtk_widget_set_sensitive (test->test_button, TRUE);
  /* It lost the focus when it could not be pressed. */
  if (!gtk_root_get_focus (gtk_widget_get_root (test->test_button)))
    gtk_widget_grab_focus (test->test_button);
  gtk_label_set_label (GTK_LABEL (test->test_label), words);
  gtk_widget_remove_css_class (test->test_label, name ? "error" : "success");
  gtk_widget_add_css_class (test->test_label, name ? "success" : "error");
}

static void
keep_password_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const FlatlineServer *server = data;
  const char *password = server->password ? server->password : "";
  g_autofree char *name = flatline_server_dup_name (server);
  GError *error = NULL;
  const gboolean in_keyring = flatline_keyring_keep_password (name, server->user, password, NULL);

  /* A file that only its owner reads, where there is no keyring. */
  if (flatline_preferences_set_password (in_keyring ? "" : password, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_password_kept (GObject *window, GAsyncResult *result, gpointer unused)
{
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (window), flatline_toast_new (error->message));
}

static void
on_password_applied (GtkEditable *row, Preferences *test)
{
  g_autoptr (FlatlineConfig) config = flatline_preferences_new_config (test->settings);
  g_autoptr (GTask) task = g_task_new (test->window, NULL, on_password_kept, NULL);

  g_free (config->database.password);
  config->database.password = g_strdup (gtk_editable_get_text (row));
  g_task_set_task_data (task, flatline_config_dup_server (config), (GDestroyNotify)flatline_server_free);
  g_task_run_in_thread (task, keep_password_in_thread);
}

static void
on_test (GtkButton *button, Preferences *test)
{
  g_autoptr (FlatlineConfig) config = flatline_preferences_new_config (test->settings);
  g_autoptr (GTask) task = g_task_new (test->window, NULL, on_connected, NULL);
  g_autofree char *kept = flatline_preferences_dup_password ();
  const char *typed = gtk_editable_get_text (test->password_row);

  /* What a person just typed is what is meant, and without it the next start would not do what was tried. */
  if (!g_str_equal (typed, kept))
    {
      g_free (config->database.password);
      config->database.password = g_strdup (typed);
      on_password_applied (test->password_row, test);
    }
  g_task_set_task_data (task, flatline_config_dup_server (config), (GDestroyNotify)flatline_server_free);
  gtk_widget_set_sensitive (test->test_button, FALSE);
  gtk_label_set_label (GTK_LABEL (test->test_label), _ ("Connecting…"));
  g_task_run_in_thread (task, connect_in_thread);
}

static void
add_database_page (gpointer window)
{
  GSettings *settings = get_preferences (window)->settings;
  AdwPreferencesPage *page = add_hidden_page (window, _ ("Database"), "network-server-symbolic");
  AdwPreferencesGroup *use = add_group (page, _ ("Where Freezes Are Kept"),
                                        _ ("On this computer, or on a MariaDB server for a whole team. A change takes "
                                           "effect at the next start of Flatline."));

  add_switch (settings, use, _ ("Use a MariaDB Server"), NULL, "database-enabled");
}

static void
add_retention_group (gpointer window)
{
  GSettings *settings = get_preferences (window)->settings;
  AdwPreferencesGroup *retention = add_group (
      get_preferences (window)->page, _ ("How Long They Are Kept"),
      _ ("A config.ini beside the program goes over these. A change takes effect at the next start of Flatline."));

  add_number (settings, retention, _ ("Days a Freeze Is Kept"), _ ("0: for ever"), "keep-days");
  add_number (settings, retention, _ ("Days Every Beat Is Kept"), _ ("Then a number a minute; 0: for ever"),
              "keep-beats-days");
  add_number (settings, retention, _ ("Megabytes of the File"), _ ("The oldest go first; 0: no limit"),
              "keep-megabytes");
}

static void
add_server_group (gpointer window)
{
  Preferences *self = get_preferences (window);
  AdwPreferencesGroup *server = add_group (self->page, _ ("Server"), NULL);

  add_entry (self->settings, server, _ ("Host"), "database-host");
  add_number (self->settings, server, _ ("Port"), NULL, "database-port");
  add_entry (self->settings, server, _ ("Unix socket (goes before host and port)"), "database-socket");
  self->server = server;
}

static void
add_server_user (gpointer window)
{
  Preferences *self = get_preferences (window);
  g_autofree char *password = flatline_preferences_dup_password ();

  add_entry (self->settings, self->server, _ ("User"), "database-user");
  self->password_row = GTK_EDITABLE (add_entry (self->settings, self->server, _ ("Password"), NULL));
  gtk_editable_set_text (self->password_row, password);
  adw_entry_row_set_show_apply_button (ADW_ENTRY_ROW (self->password_row), TRUE);
  g_signal_connect (self->password_row, "apply", G_CALLBACK (on_password_applied), self);
  add_entry (self->settings, self->server, _ ("Database"), "database-name");
}

static void
add_server_security (gpointer window)
{
  Preferences *self = get_preferences (window);
  add_switch (self->settings, self->server, _ ("Encrypt (TLS)"), NULL, "database-tls");
  add_switch (self->settings, self->server, _ ("Check the Server’s Certificate"), NULL, "database-tls-verify");
  add_entry (self->settings, self->server, _ ("File of trusted certificates (empty: the system’s)"), "database-tls-ca");
  add_entry (self->settings, self->server, _ ("Option group of my.cnf (gives what is left at its default)"),
             "database-option-group");
}

static void
add_check_group (gpointer window)
{
  Preferences *self = get_preferences (window);
  AdwPreferencesGroup *check = add_group (self->page, NULL, NULL);

  self->test_button = gtk_button_new_with_mnemonic (_ ("_Test Connection"));
  self->test_label =
      g_object_new (GTK_TYPE_LABEL, "wrap", TRUE, "xalign", 0.0, "selectable", TRUE, "margin-bottom", 9, NULL);
  gtk_widget_set_halign (self->test_button, GTK_ALIGN_START);
  g_signal_connect (self->test_button, "clicked", G_CALLBACK (on_test), self);
  /* Below the button, the last thing of the page, the answer would be out of view. */
  adw_preferences_group_add (check, self->test_label);
  adw_preferences_group_add (check, self->test_button);
}

/* Lists are called like their group. One whose group has no title is called like its page, what a search found: Search.
 */
static void
name_lists (GtkWidget *widget)
{
  GtkWidget *group, *page;
  const char *name;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    name_lists (child);
  if (!GTK_IS_LIST_BOX (widget))
    return;
  group = gtk_widget_get_ancestor (widget, ADW_TYPE_PREFERENCES_GROUP);
  page = gtk_widget_get_ancestor (widget, ADW_TYPE_PREFERENCES_PAGE);
  name = group ? adw_preferences_group_get_title (ADW_PREFERENCES_GROUP (group)) : NULL;
  if (page && (!name || !*name))
    name = adw_preferences_page_get_title (ADW_PREFERENCES_PAGE (page));
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  name && *name ? name : g_dgettext ("gtk40", "Search"), -1);
}

static void
give_names (gpointer window)
{
  flatline_accessible_names_give (window);
  name_lists (window);
}

static const FlatlineStep steps[] = {
  add_general_page,
  measure_page,
  add_programs_group,
  measure_page,
  flatline_measure_window_ahead,
  (FlatlineStep)gtk_window_present,
  give_names,
  add_supervision_page,
  measure_page,
  add_ends_group,
  measure_page,
  show_page,
  give_names,
  add_database_page,
  measure_page,
  add_retention_group,
  measure_page,
  add_server_group,
  add_server_user,
  measure_page,
  add_server_security,
  measure_page,
  add_check_group,
  measure_page,
  show_page,
  give_names,
  NULL,
};

static void
preferences_free (gpointer data)
{
  g_object_unref (((Preferences *)data)->settings);
  g_free (data);
}

void
flatline_preferences_present (GtkWindow *parent, GSettings *settings)
{
  Preferences *self = g_new0 (Preferences, 1);

  self->window = ADW_PREFERENCES_WINDOW (adw_preferences_window_new ());
  self->settings = g_object_ref (settings);
  g_object_set_data_full (G_OBJECT (self->window), PREFERENCES, self, preferences_free);
  adw_preferences_window_set_search_enabled (self->window, TRUE);
  flatline_preferences_search_follow (self->window);
  gtk_window_set_default_size (GTK_WINDOW (self->window), WIDTH, 560);
  gtk_window_set_modal (GTK_WINDOW (self->window), TRUE);
  gtk_window_set_transient_for (GTK_WINDOW (self->window), parent);
  flatline_frame_split_follow_dialog (GTK_WINDOW (self->window));
  flatline_step_by_step (GTK_WIDGET (self->window), steps);
}
