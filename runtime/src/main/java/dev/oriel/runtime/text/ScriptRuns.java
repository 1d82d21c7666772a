package dev.oriel.runtime.text;

import java.lang.Character.UnicodeScript;
import java.util.function.Consumer;

/// A word ends where the script changes; kana and ideographs count as one script, spaces go with the script before them.
record ScriptRuns() implements Splitter {
    private static final int PROLONGED_SOUND = 0x30FC;

    @Override
    public void split(Aligned whole, boolean first, Consumer<Aligned> words) {
        String text = whole.text();
        UnicodeScript last = null;
        int from = 0;
        for (int i = 0, n; i < text.length(); i += n) {
            int c = text.codePointAt(i);
            n = Character.charCount(c);
            UnicodeScript script = script(c);
            if (c == ' ' || script == UnicodeScript.UNKNOWN) continue;
            if (script != last && i > from && last != null) words.accept(whole.part(from, i));
            if (script != last) from = i;
            last = script;
        }
        if (last != null) words.accept(whole.part(from, text.length()));
    }

    private static UnicodeScript script(int c) {
        UnicodeScript script = UnicodeScript.of(c);
        return c == PROLONGED_SOUND || script == UnicodeScript.HIRAGANA || script == UnicodeScript.KATAKANA ? UnicodeScript.HAN : script;
    }
}
