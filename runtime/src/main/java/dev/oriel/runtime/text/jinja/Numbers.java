package dev.oriel.runtime.text.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Numbers as Python reads and writes them.
final class Numbers {
    private static final String DIGITS = "\\d++(?:_\\d++)*+";
    private static final Pattern FLOAT = Pattern.compile(
        "(?:" + DIGITS + ")(?:(?:\\." + DIGITS + ")?[eE][+-]?" + DIGITS + "|\\." + DIGITS + ")");
    private static final Pattern INTEGER = Pattern.compile(
        "0[bB](?:_?[01]++)++|0[oO](?:_?[0-7]++)++|0[xX](?:_?[0-9a-fA-F]++)++|[1-9]\\d*+(?:_\\d++)*+|0++(?:_0++)*+");
    private static final Pattern FLOAT_TEXT = Pattern.compile(
        "[+-]?(?:" + DIGITS + "\\.?(?:" + DIGITS + ")?|\\." + DIGITS + ")(?:[eE][+-]?" + DIGITS + ")?");
    private static final Pattern INTEGER_TEXT = Pattern.compile("([+-]?)(0[xXoObB]_?)?([0-9a-zA-Z]++(?:_[0-9a-zA-Z]++)*+)");

    static final int BITS = 14284;
    /// Characters of a number; keeps the patterns from running deep.
    private static final int LONGEST = 4400;

    private Numbers() { }

    interface Sink {
        void accept(Token.Kind kind, Object value, int end);
    }

    /// Hands over the literal at `at`; `before` is the character before it, since `a.0.5` reads as two subscripts.
    ///
    /// @return where it ends
    static int lex(String source, int at, int before, Sink sink) {
        Matcher m = FLOAT.matcher(source).region(at, Math.min(source.length(), at + LONGEST));
        if (before != '.' && m.lookingAt()) {
            sink.accept(Token.Kind.FLOAT, Double.parseDouble(m.group().replace("_", "")), m.end());
            return m.end();
        }
        m = INTEGER.matcher(source).region(at, Math.min(source.length(), at + LONGEST));
        m.lookingAt();
        sink.accept(Token.Kind.INTEGER, parse(m.group(), 0), m.end());
        return m.end();
    }

    /// Python's `int(text, base)`; null where it is a ValueError.
    static Number parse(String text, int base) {
        String s = Text.strip(text, null, true, true);
        if (s.length() > LONGEST) {
            throw tooLarge();
        }
        Matcher m = INTEGER_TEXT.matcher(s);
        if (!m.matches()) {
            return null;
        }
        String digits = m.group(3).replace("_", "");
        int radix = base;
        if (m.group(2) != null) {
            int prefixed = switch (m.group(2).charAt(1)) {
                case 'x', 'X' -> 16;
                case 'o', 'O' -> 8;
                default -> 2;
            };
            if (base == 0 || base == prefixed) {
                radix = prefixed;
            } else {
                digits = m.group(2).replace("_", "") + digits;
            }
        } else if (base == 0) {
            radix = 10;
        }
        if (radix < 2 || radix > 36) {
            throw new Fault("int() base must be >= 2 and <= 36, or 0");
        }
        try {
            return narrow(new BigInteger((m.group(1).equals("-") ? "-" : "") + digits, radix));
        } catch (NumberFormatException _) {
            return null;
        }
    }

    /// A Long where it fits. Python's integers have no bounds, but it prints none of more than 4300 digits.
    static Number narrow(BigInteger value) {
        if (value.bitLength() > BITS) {
            throw tooLarge();
        }
        return value.bitLength() < 64 ? (Number) value.longValue() : value;
    }

    static Fault tooLarge() {
        return new Fault("an integer of more than 4300 digits");
    }

    static BigInteger big(Number integer) {
        return integer instanceof BigInteger n ? n : BigInteger.valueOf(integer.longValue());
    }

    /// Python's `float(text)`; null where it is a ValueError.
    static Double parseFloat(String text) {
        String s = Text.strip(text, null, true, true);
        if (s.length() <= LONGEST && FLOAT_TEXT.matcher(s).matches()) {
            return Double.valueOf(s.replace("_", ""));
        }
        String unsigned = s.startsWith("-") || s.startsWith("+") ? s.substring(1) : s;
        double sign = s.startsWith("-") ? -1 : 1;
        return switch (unsigned.toLowerCase(Locale.ROOT)) {
            case "inf", "infinity" -> sign * Double.POSITIVE_INFINITY;
            case "nan" -> Double.NaN;
            default -> null;
        };
    }

    /// `repr(float)`: the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on.
    static String repr(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        String digits = exact.unscaledValue().abs().toString();
        int exponent = digits.length() - 1 - exact.scale();
        String sign = value < 0 ? "-" : "";
        if (exponent < -4 || exponent >= 16) {
            return sign + digits.charAt(0) + (digits.length() > 1 ? "." + digits.substring(1) : "") + exponent(exponent);
        }
        String plain = exact.abs().toPlainString();
        return sign + plain + (plain.indexOf('.') < 0 ? ".0" : "");
    }

    static String exponent(int exponent) {
        int size = Math.abs(exponent);
        return (exponent < 0 ? "e-" : "e+") + (size < 10 ? "0" : "") + size;
    }

    static Number truncate(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            throw new Fault("cannot convert float " + (Double.isNaN(value) ? "NaN" : "infinity") + " to integer");
        }
        return narrow(new BigDecimal(value).toBigInteger());
    }
}
