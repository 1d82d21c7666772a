package dev.oriel.runtime.text.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Python's format specification `[[fill]align][sign][#][0][width][,][.precision][type]`.
record FormatSpec(String fill, char align, char sign, boolean alternate, int width, char grouping, int precision, char type) {
    private static final Pattern SPEC = Pattern.compile("(?:(.)?([<>=^]))??([-+ ]?)(#?)(0?)(\\d*)([,_]?)(?:\\.(\\d+))?([a-zA-Z%]?)", Pattern.DOTALL);
    private static final int MOST_DIGITS = 1000;

    static FormatSpec parse(String spec) {
        Matcher m = SPEC.matcher(spec);
        if (!m.matches()) {
            throw new Fault("invalid format specifier '" + spec + "'");
        }
        boolean zero = !m.group(5).isEmpty();
        String fill = m.group(1) != null ? m.group(1) : zero ? "0" : " ";
        char align = m.group(2) != null ? m.group(2).charAt(0) : zero ? '=' : 0;
        return new FormatSpec(fill, align, first(m.group(3)), !m.group(4).isEmpty(), number(m.group(6), 0),
            first(m.group(7)), number(m.group(8), -1), first(m.group(9)));
    }

    private static char first(String text) {
        return text.isEmpty() ? 0 : text.charAt(0);
    }

    static int number(String digits, int otherwise) {
        if (digits == null || digits.isEmpty()) {
            return otherwise;
        }
        if (digits.length() > 8) {
            throw new Fault("too many decimal digits in format string");
        }
        return Integer.parseInt(digits);
    }

    String format(Object value, Budget budget) {
        if (value instanceof Boolean && equals(parse(""))) {
            return Repr.str(value, budget);
        }
        return switch (Values.number(value)) {
            case Double d -> decimal(d, budget);
            case Number n -> "eEfFgG%".indexOf(type) < 0 || type == 0 ? integer(Numbers.big(n), budget) : decimal(n.doubleValue(), budget);
            case null -> {
                if (Values.text(value) == null && !equals(parse(""))) {
                    throw new Fault("unsupported format string passed to " + Values.typeName(value) + ".__format__");
                }
                yield text(Repr.str(value, budget), budget);
            }
        };
    }

    private String text(String value, Budget budget) {
        if (type != 0 && type != 's' || align == '=' || sign != 0 || grouping != 0) {
            throw new Fault("unknown format code for object of type 'str'");
        }
        String cut = precision >= 0 && precision < Text.length(value) ? value.substring(0, Text.offset(value, precision)) : value;
        return Text.pad(cut, width, fill, align == 0 ? '<' : align, budget);
    }

    private String integer(BigInteger n, Budget budget) {
        if (precision >= 0) {
            throw new Fault("precision not allowed in integer format specifier");
        }
        if (type == 'c') {
            return Text.pad(Character.toString(Math.clamp(n.longValue(), 0, Character.MAX_CODE_POINT)), width, fill, align == 0 ? '<' : align, budget);
        }
        int radix = switch (type) {
            case 0, 'd', 'n' -> 10;
            case 'x', 'X' -> 16;
            case 'o' -> 8;
            case 'b' -> 2;
            default -> throw new Fault("unknown format code '" + type + "' for object of type 'int'");
        };
        String digits = n.abs().toString(radix);
        digits = grouped(type == 'X' ? Text.upper(digits) : digits, "");
        return signed(n.signum() < 0, alternate && radix != 10 ? "0" + type : "", digits, budget);
    }

    private String decimal(double d, Budget budget) {
        if (type != 0 && "eEfFgGn%".indexOf(type) < 0) {
            throw new Fault("unknown format code '" + type + "' for object of type 'float'");
        }
        if (precision > MOST_DIGITS) {
            throw new Fault("precision too big");
        }
        boolean negative = d < 0 || d == 0 && 1 / d < 0;
        String digits = digits(Math.abs(d), type, precision, alternate);
        int point = (digits + ".").indexOf('.');
        int whole = Math.min(point, (digits + "e").indexOf('e'));
        digits = Double.isFinite(d) ? grouped(digits.substring(0, whole), digits.substring(whole)) : digits;
        return signed(negative, "", digits, budget);
    }

    /// The digits of a float without its sign.
    static String digits(double size, char type, int precision, boolean alternate) {
        boolean upper = Character.isUpperCase(type);
        if (!Double.isFinite(size)) {
            String name = (Double.isNaN(size) ? "nan" : "inf") + (type == '%' ? "%" : "");
            return upper ? Text.upper(name) : name;
        }
        int places = precision < 0 ? 6 : precision;
        String text = switch (type) {
            case 'f', 'F' -> new BigDecimal(size).setScale(places, RoundingMode.HALF_EVEN).toPlainString();
            case '%' -> new BigDecimal(size * 100).setScale(places, RoundingMode.HALF_EVEN).toPlainString() + "%";
            case 'e', 'E' -> scientific(size, places + 1, true);
            case 0 -> precision < 0 ? Numbers.repr(size) : general(size, Math.max(1, places), alternate, true);
            default -> general(size, Math.max(1, places), alternate, false);
        };
        return upper ? Text.upper(text) : text;
    }

    private static String scientific(double size, int significant, boolean keepZeros) {
        BigDecimal rounded = new BigDecimal(size).round(new MathContext(significant, RoundingMode.HALF_EVEN));
        int exponent = size == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        BigDecimal mantissa = rounded.scaleByPowerOfTen(-exponent).setScale(significant - 1, RoundingMode.HALF_EVEN);
        String text = mantissa.toPlainString();
        return (keepZeros ? text : trimmed(text)) + Numbers.exponent(exponent);
    }

    private static String general(double size, int significant, boolean keepZeros, boolean keepPoint) {
        BigDecimal rounded = new BigDecimal(size).round(new MathContext(significant, RoundingMode.HALF_EVEN));
        int exponent = size == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        if (exponent < -4 || exponent >= significant - (keepPoint ? 1 : 0)) {
            return scientific(size, significant, keepZeros);
        }
        String text = rounded.setScale(Math.max(0, significant - 1 - exponent), RoundingMode.HALF_EVEN).toPlainString();
        String plain = keepZeros ? text : trimmed(text);
        return keepPoint && plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }

    private static String trimmed(String text) {
        return text.indexOf('.') < 0 ? text : Text.strip(Text.strip(text, "0", false, true), ".", false, true);
    }

    private String grouped(String whole, String rest) {
        if (grouping == 0) {
            return whole + rest;
        }
        StringBuilder out = new StringBuilder(whole);
        for (int i = whole.length() - 3; i > 0; i -= 3) {
            out.insert(i, grouping);
        }
        return out + rest;
    }

    private String signed(boolean negative, String prefix, String digits, Budget budget) {
        String before = (negative ? "-" : sign == '+' ? "+" : sign == ' ' ? " " : "") + prefix;
        return align == '='
            ? before + Text.pad(digits, width - before.length(), fill, '>', budget)
            : Text.pad(before + digits, width, fill, align == 0 ? '>' : align, budget);
    }
}
