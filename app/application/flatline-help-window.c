/* SPDX-License-Identifier: MIT */
/*
 * Help is written here, as messages like all others: it is short, it is translated with the program, and it needs no
 * help browser. The first page is the way of a newcomer from a script to the cause of its freeze.
 */
#include "config.h"

#include "flatline-help-window.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "flatline-accessible-names.h"

#define MAX_PARAGRAPHS 6

typedef struct
{
  const char *title;
  const char *paragraphs[MAX_PARAGRAPHS];
} Page;

static const Page pages[] = {
  { N_ ("First Steps"),
    { N_ ("Drop a Python script on the window, or press Open. Flatline starts it and listens to its heart."),
      N_ ("The graph draws each beat. The program needs no change for that."),
      N_ ("When the heart stops, a red banner says in one sentence what is waiting for what, and the source shows the "
          "line. Read the sentence first. The threads, variables and connections below are the evidence."),
      N_ ("A program may hang while its heart goes on: it waits for an answer, or runs in circles. Stack Trace says in "
          "a sentence what it is doing, at any time."),
      N_ ("Keep Waiting hides the banner until something changes. Close asks the program to end, SIGTERM asks the "
          "system to end it, Force Kill ends it and all that it started."),
      N_ ("Each freeze is kept under Past Freezes, with all that was seen. Open it again tomorrow, or export it and "
          "send it to somebody: it opens on a computer that has neither the program nor its source.") } },
  { N_ ("What Beats"),
    { N_ ("Program: beats that the program sends itself. Two lines are enough: from flatline import RemoteClient, then "
          "RemoteClient().beat('LOAD', 'main.c'). Both do nothing when Flatline is not there."),
      N_ ("Event loop: the loop of asyncio, GLib, GTK, Tk or Qt comes round. Silence means that a callback blocks it."),
      N_ ("Interpreter: Python code can run. Silence means that code in C holds the interpreter’s lock."),
      N_ ("A program that sleeps, waits for a person, or has nothing to do is not frozen. A deadlock is, however quiet "
          "it is.") } },
  { N_ ("What the Verdict Is Worth"),
    { N_ ("Certain: the facts prove it, such as a circle of locks whose holders are known."),
      N_ ("Likely: the facts fit, and nothing speaks against it."),
      N_ ("Guess: it is what the program was doing when it was looked at; it may be passing."),
      N_ ("Each fact of the evidence names its source, so that you can look for yourself.") } },
  { N_ ("A Program That Is Already Running"),
    { N_ ("Attach to a process from the main menu: Flatline looks at it from outside and changes nothing."),
      N_ ("A core file opens like a script: it shows what every thread was doing when the program died.") } },
  { N_ ("Console"),
    { N_ ("Console, beside Output, asks the living program in Python, also while it is frozen. Names are those of the "
          "frame that is selected in the stack."),
      N_ ("What you type there runs in the program and can change it."),
      N_ ("trace shop:Cart.add tells each call of a function there, break shop.py:41 holds the thread that gets to a "
          "line until you press F4, patch shop:TAX = 0.2 puts another value in place. Each has a row with a button "
          "that undoes it; all is undone when Flatline ends. A frame’s menu in the stack does the same.") } },
  { N_ ("Recordings"),
    { N_ ("A recording keeps every line that a program runs, with what changed. Switch Record Every Line on in "
          "Preferences, or type flatline-cli record SCRIPT in a terminal. It makes programs slow."),
      N_ ("After the run, Step Through Recording in the main menu opens it. A file with a recording opens like a "
          "script."),
      N_ ("F7 goes a step on, F8 over calls, Shift+F8 out of one, F12 to the next exception. With Ctrl they go back."),
      N_ ("Ctrl+B goes to where the selected variable became what it is.") } },
  { N_ ("Keys"),
    { N_ ("When you are not typing, single keys do what the buttons of the toolbar do: 1 reads the stacks, 2 the "
          "variables, 3 closes, 4 sends SIGTERM, 5 kills, R restarts."),
      N_ ("While you are typing, hold Ctrl. F6 goes from pane to pane, F10 opens the menu, Ctrl+? lists all keys.") } },
  { N_ ("Where Things Are Kept"),
    { N_ ("Runs, beats and freezes are in one file in your home folder, or on a MariaDB server for a team: see "
          "Preferences."),
      N_ ("Stacks, variables and errors are also written as text beside the program, unless Preferences say "
          "otherwise."),
      N_ ("A config.ini beside the program goes before Preferences, for that program.") } },
  { N_ ("In the Terminal"),
    { N_ ("flatline-cli run SCRIPT does the same without a window, flatline-cli dump PID looks at a process once, and "
          "flatline-cli --help tells the rest.") } },
};

static GtkWidget *
new_text (const char *text, const char *css_class)
{
  GtkWidget *label =
      g_object_new (GTK_TYPE_LABEL, "label", text, "xalign", 0.0, "wrap", TRUE, "selectable", TRUE, NULL);

  if (css_class)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

static GtkWidget *
new_page (const Page *page)
{
  GtkWidget *box = g_object_new (GTK_TYPE_BOX, "orientation", GTK_ORIENTATION_VERTICAL, "spacing", 12, "margin-top", 18,
                                 "margin-bottom", 24, "margin-start", 18, "margin-end", 18, NULL);
  GtkWidget *clamp = g_object_new (ADW_TYPE_CLAMP, "maximum-size", 560, "child", box, NULL);
  GtkWidget *scroller =
      g_object_new (GTK_TYPE_SCROLLED_WINDOW, "hscrollbar-policy", GTK_POLICY_NEVER, "child", clamp, NULL);

  gtk_box_append (GTK_BOX (box), new_text (_ (page->title), "title-2"));
  for (guint i = 0; i < MAX_PARAGRAPHS && page->paragraphs[i]; i++)
    gtk_box_append (GTK_BOX (box), new_text (_ (page->paragraphs[i]), NULL));
  return scroller;
}

static gboolean
close_on_escape (GtkWidget *window, GVariant *arguments, gpointer user_data)
{
  gtk_window_close (GTK_WINDOW (window));
  return TRUE;
}

void
flatline_help_window_present (GtkWindow *parent)
{
  GtkWidget *window = adw_window_new ();
  GtkWidget *stack = gtk_stack_new ();
  GtkWidget *sidebar = g_object_new (GTK_TYPE_STACK_SIDEBAR, "stack", stack, NULL);
  GtkWidget *content = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *halves = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkEventController *keys = gtk_shortcut_controller_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    gtk_stack_add_titled (GTK_STACK (stack), new_page (&pages[i]), pages[i].title, _ (pages[i].title));
  gtk_accessible_update_property (GTK_ACCESSIBLE (sidebar), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Pages of the help"), -1);
  gtk_widget_set_hexpand (stack, TRUE);
  gtk_widget_set_vexpand (halves, TRUE);
  gtk_box_append (GTK_BOX (halves), sidebar);
  gtk_box_append (GTK_BOX (halves), gtk_separator_new (GTK_ORIENTATION_VERTICAL));
  gtk_box_append (GTK_BOX (halves), stack);
  gtk_box_append (GTK_BOX (content), adw_header_bar_new ());
  gtk_box_append (GTK_BOX (content), halves);
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys),
                                        gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Escape, 0),
                                                          gtk_callback_action_new (close_on_escape, NULL, NULL)));
  gtk_widget_add_controller (window, keys);
  adw_window_set_content (ADW_WINDOW (window), content);
  gtk_window_set_title (GTK_WINDOW (window), _ ("Help"));
  gtk_window_set_default_size (GTK_WINDOW (window), 760, 520);
  gtk_window_set_transient_for (GTK_WINDOW (window), parent);
  gtk_window_present (GTK_WINDOW (window));
  gtk_widget_child_focus (sidebar, GTK_DIR_TAB_FORWARD);
  flatline_accessible_names_give (window);
}
