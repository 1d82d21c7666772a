package dev.oriel.app;

import dev.oriel.loaders.ModelException;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Some of a number of things, as people write it: `3`, `0,2,-1`, `2:5`, `0,4:8`.
final class Indices {
    private static final Pattern PART = Pattern.compile("\\s*(-?\\d{1,9})?\\s*(:)?\\s*(-?\\d{1,9})?\\s*");

    private Indices() {}

    /// @param option who says it, for errors
    /// @param text   null for all
    /// @param count  how many there are
    static int[] of(String option, String text, int count) {
        if (text == null) return IntStream.range(0, count).toArray();
        int[] all = Arrays.stream(text.split(",", -1)).flatMapToInt(part -> part(option, part, count)).distinct().sorted().toArray();
        if (all.length == 0) throw new ModelException(option + " " + text + " is empty");
        return all;
    }

    private static IntStream part(String option, String text, int count) {
        Matcher m = PART.matcher(text);
        if (!m.matches() || m.group(1) == null && m.group(2) == null || m.group(3) != null && m.group(2) == null)
            throw new ModelException(option + ": expected indices such as 0,2 or 3:6, found '" + text + "'");
        if (m.group(2) == null) return IntStream.of(index(option, m.group(1), count));
        int from = m.group(1) == null ? 0 : index(option, m.group(1), count);
        int to = m.group(3) == null ? count : 1 + index(option, Integer.toString(Integer.parseInt(m.group(3)) - 1), count);
        return IntStream.range(from, to);
    }

    private static int index(String option, String text, int count) {
        int index = Integer.parseInt(text);
        if (index < -count || index >= count) throw new ModelException(option + ": expected " + -count + ".." + (count - 1) + ", found " + index);
        return index < 0 ? index + count : index;
    }
}
