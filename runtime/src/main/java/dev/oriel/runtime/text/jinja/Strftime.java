package dev.oriel.runtime.text.jinja;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/// C's `strftime` in the C locale, with glibc's flags `-` (no padding), `_`, `0` and `^`, on a time without zone.
final class Strftime {
    private Strftime() { }

    static String format(String pattern, LocalDateTime time, Budget budget) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c != '%' || i + 1 == pattern.length()) {
                out.append(c);
                continue;
            }
            int start = i++;
            char flag = "-_0^#".indexOf(pattern.charAt(i)) >= 0 && i + 1 < pattern.length() ? pattern.charAt(i++) : 0;
            String field = field(pattern.charAt(i), flag, time, budget);
            out.append(field == null ? pattern.substring(start, i + 1) : flag == '^' ? Text.upper(field) : field);
            budget.cap(out.length());
        }
        budget.text(out.length());
        return out.toString();
    }

    private static String field(char directive, char flag, LocalDateTime t, Budget budget) {
        int hour12 = (t.getHour() + 11) % 12 + 1;
        return switch (directive) {
            case 'Y' -> String.valueOf(t.getYear());
            case 'C' -> number(t.getYear() / 100, 2, '0', flag);
            case 'y' -> number(t.getYear() % 100, 2, '0', flag);
            case 'm' -> number(t.getMonthValue(), 2, '0', flag);
            case 'd' -> number(t.getDayOfMonth(), 2, '0', flag);
            case 'e' -> number(t.getDayOfMonth(), 2, ' ', flag);
            case 'H' -> number(t.getHour(), 2, '0', flag);
            case 'k' -> number(t.getHour(), 2, ' ', flag);
            case 'I' -> number(hour12, 2, '0', flag);
            case 'l' -> number(hour12, 2, ' ', flag);
            case 'M' -> number(t.getMinute(), 2, '0', flag);
            case 'S' -> number(t.getSecond(), 2, '0', flag);
            case 'f' -> number(t.getNano() / 1000, 6, '0', flag);
            case 'j' -> number(t.getDayOfYear(), 3, '0', flag);
            case 'u' -> String.valueOf(t.getDayOfWeek().getValue());
            case 'w' -> String.valueOf(t.getDayOfWeek().getValue() % 7);
            case 'U' -> number((t.getDayOfYear() + 6 - t.getDayOfWeek().getValue() % 7) / 7, 2, '0', flag);
            case 'W' -> number((t.getDayOfYear() + 6 - (t.getDayOfWeek().getValue() + 6) % 7) / 7, 2, '0', flag);
            case 'V' -> number(t.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2, '0', flag);
            case 'G' -> String.valueOf(t.get(IsoFields.WEEK_BASED_YEAR));
            case 'g' -> number(t.get(IsoFields.WEEK_BASED_YEAR) % 100, 2, '0', flag);
            case 'a' -> t.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
            case 'A' -> t.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b', 'h' -> month(t).substring(0, 3);
            case 'B' -> month(t);
            case 'p' -> t.get(ChronoField.AMPM_OF_DAY) == 0 ? "AM" : "PM";
            case 'P' -> t.get(ChronoField.AMPM_OF_DAY) == 0 ? "am" : "pm";
            case 'z', 'Z' -> "";
            case 'c' -> format("%a %b %e %H:%M:%S %Y", t, budget);
            case 'x', 'D' -> format("%m/%d/%y", t, budget);
            case 'X', 'T' -> format("%H:%M:%S", t, budget);
            case 'F' -> format("%Y-%m-%d", t, budget);
            case 'R' -> format("%H:%M", t, budget);
            case 'r' -> format("%I:%M:%S %p", t, budget);
            case 'n' -> "\n";
            case 't' -> "\t";
            case '%' -> "%";
            default -> null;
        };
    }

    private static String month(LocalDateTime t) {
        return t.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
    }

    private static String number(int value, int width, char pad, char flag) {
        String digits = String.valueOf(value);
        String fill = flag == '_' ? " " : flag == '0' ? "0" : String.valueOf(pad);
        return flag == '-' ? digits : fill.repeat(Math.max(0, width - digits.length())) + digits;
    }
}
