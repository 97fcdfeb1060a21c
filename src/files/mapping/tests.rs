use super::*;
use crate::kernel::definition::{Activation, NormKind};
use crate::kernel::number::ratio;

const WHOLE: &str = r#"{
  "format": "counterproof-mapping", "version": 2, "layout": "in-out",
  "tokens": {"array": "wte", "rows": ":-1"}, "bos": {"array": "wte", "rows": [-1]}, "positions": "wpe",
  "layers": [
    {"norm": {"kind": "layer", "weight": "emb.g", "bias": "zeros", "eps": 1e-05}},
    {"attention": {"heads": 2, "mixing": "softmax", "causal": true, "residual": true,
        "norm": {"before": {"kind": "rms", "weight": "ones", "bias": "zeros", "eps": "1/100000"}},
        "query": {"weight": {"array": "c", "columns": "0:4"}}, "key": {"weight": {"array": "c", "columns": "4:8"}},
        "value": {"weight": {"array": "s", "index": ["{layer}", null, 0], "axes": [[0], [1]]}}, "output": "identity"},
     "mlp": {"activation": "gelu-tanh", "residual": false, "norm": "none",
        "hidden": [{"weight": "w1", "bias": "b1"}], "output": {"weight": "w2"}}}],
  "norm": "none",
  "reading": {"arg-max": {"weight": {"array": "wte", "transpose": true}, "answers": "index"}},
  "read_at": "every", "ignored": ["*.mask"]}"#;

#[test]
fn every_field_is_read() {
    let mapping = Mapping::parse(WHOLE).unwrap();
    assert_eq!(mapping.tokens.rows, Some(Pick::Slice { from: None, to: Some(-1), step: 1 }));
    assert_eq!(mapping.bos.unwrap().rows, Some(Pick::List(vec![-1])));
    assert_eq!(mapping.positions, Positions::Table(Place::whole("wpe")));
    let Layers::List(layers) = mapping.layers else { panic!("a list") };
    let [Layer::Norm(norm), Layer::Parts(parts)] = layers.as_slice() else { panic!("{layers:?}") };
    assert_eq!((norm.kind, &norm.bias, &norm.eps.0), (NormKind::Layer, &None, &ratio(1, 100_000)));
    let attention = parts.attention.as_ref().unwrap();
    let before = attention.norm.as_ref().unwrap().before.as_ref().unwrap();
    assert_eq!((before.kind, &before.eps), (NormKind::Rms, &norm.eps));
    assert_eq!(
        attention.value.as_ref().unwrap().weight.index,
        [Index::Layer, Index::All, Index::At(0)]
    );
    assert_eq!((attention.causal, &attention.scale, &attention.output), (true, &None, &None));
    let mlp = parts.mlp.as_ref().unwrap();
    assert_eq!((mlp.activation, mlp.residual), (Activation::GeluTanh, false));
    assert!(matches!(mapping.reading, ReadingMap::ArgMax { answers: None, .. }));
    assert_eq!(mapping.ignored, ["*.mask"]);
}

#[test]
fn other_spellings_of_the_same() {
    for (from, to) in [
        ("1e-05", "0.00001"),
        ("1e-05", "\"1e-5\""),
        ("1e-05", "1E-5"),
        ("\"1/100000\"", "0.000010"),
        ("\":-1\"", "\"0:-1\""),
        ("\":-1\"", "\":-1:1\""),
        ("\"wpe\"", "{\"array\": \"wpe\"}"),
    ] {
        assert!(WHOLE.contains(from), "{from}");
        let other = Mapping::parse(&WHOLE.replace(from, to));
        let mapping = Mapping::parse(WHOLE).unwrap();
        if from == "\":-1\"" && to.starts_with("\"0") {
            let rows = Some(Pick::Slice { from: Some(0), to: Some(-1), step: 1 });
            assert_eq!(other.unwrap().tokens.rows, rows);
        } else {
            assert_eq!(other.unwrap(), mapping, "{to}");
        }
    }
    // more digits than a float has
    let text = WHOLE.replace("1e-05", "1.0000000000000000000001e-5");
    let Layers::List(layers) = Mapping::parse(&text).unwrap().layers else { panic!("a list") };
    let Layer::Norm(norm) = &layers[0] else { panic!("a norm") };
    assert!(norm.eps.0 > ratio(1, 100_000));
    for (positions, expected) in [
        (r#""none""#, Positions::None),
        (
            r#"{"rotary": {"base": "10000", "size": 4, "pairs": "halves"}}"#,
            Positions::Rotary(RotaryMap {
                base: Exact(ratio(10_000, 1)),
                size: 4,
                pairs: Pairs::Halves,
            }),
        ),
    ] {
        let text = WHOLE.replace("\"positions\": \"wpe\"", &format!("\"positions\": {positions}"));
        assert_eq!(Mapping::parse(&text).unwrap().positions, expected);
    }
    let repeated = format!(
        "\"layers\": {{\"count\": 3, \"each\": {}}},\n  \"norm\"",
        "{\"attention\": \"none\", \"mlp\": \"none\"}"
    );
    let (start, rest) = WHOLE.split_once("\"layers\"").unwrap();
    let end = rest.rsplit_once("\"norm\"").unwrap().1;
    let Layers::Repeated(repeated) =
        Mapping::parse(&format!("{start}{repeated}{end}")).unwrap().layers
    else {
        panic!("repeated")
    };
    assert_eq!(
        (repeated.count, repeated.each),
        (3, Layer::Parts(Box::new(Parts { attention: None, mlp: None })))
    );
}

#[test]
fn what_is_not_stated_or_cannot_be_said_is_named() {
    for (from, to, message) in [
        (
            "counterproof-mapping",
            "other",
            "mapping.format: expected counterproof-mapping, found other",
        ),
        ("\"version\": 2", "\"version\": 3", "mapping.version: expected 2, found 3"),
        ("\"bos\": {\"array\": \"wte\", \"rows\": [-1]}, ", "", "missing field `bos`"),
        ("\"positions\": \"wpe\",", "", "missing field `positions`"),
        ("\"causal\": true, ", "", "layers[1].attention: missing field `causal`"),
        ("\"mixing\": \"softmax\", ", "", "layers[1].attention: missing field `mixing`"),
        ("\"activation\": \"gelu-tanh\", ", "", "layers[1].mlp: missing field `activation`"),
        ("\"residual\": false, ", "", "layers[1].mlp: missing field `residual`"),
        (
            "\"norm\": \"none\",\n        \"hidden\"",
            "\"hidden\"",
            "layers[1].mlp: missing field `norm`",
        ),
        ("\"norm\": \"none\",\n  \"reading\"", "\"reading\"", "missing field `norm`"),
        ("\"kind\": \"rms\", ", "", "layers[1].attention.norm.before: missing field `kind`"),
        ("\"weight\": \"ones\", ", "", "layers[1].attention.norm.before: missing field `weight`"),
        ("\"kind\": \"rms\"", "\"kind\": \"batch\"", "unknown variant `batch`"),
        ("\"mlp\": {", "\"mlpp\": {", "unknown field `mlpp`"),
        ("\"before\"", "\"befor\"", "unknown field `befor`"),
        (
            "1e-05",
            "\"a little\"",
            "layers[0].norm.eps: expected a number such as \"1/3\", 0.5 or 1e-5, found \"a little\"",
        ),
        ("1e-05", "true", "layers[0].norm.eps: expected a number"),
        (
            "\"gelu-tanh\"",
            "\"gelu_new\"",
            "found `gelu_new`: the form with tanh is `gelu-tanh` here",
        ),
        ("\"gelu-tanh\"", "\"swish\"", "found `swish`, which is `silu` here"),
        ("\"gelu-tanh\"", "\"GELU\"", "found `GELU`: the form with erf is `gelu` here"),
        ("\"gelu-tanh\"", "\"quick_gelu\"", "which cannot be said"),
        ("\"gelu-tanh\"", "\"swiglu\"", "hidden units are not multiplied"),
        (
            "\"gelu-tanh\"",
            "\"blu\"",
            "layers[1].mlp.activation: expected `relu`, `gelu`, `gelu-tanh`, `silu` or `identity`, found `blu`",
        ),
        (
            "\"mixing\": \"softmax\"",
            "\"mixing\": \"sparsemax\"",
            "expected \"softmax\", \"scores\", or {\"matrix\"",
        ),
        ("\"identity\"", "\"none\"", "an object, or \"identity\""),
        (
            "\":-1\"",
            "\"-1\"",
            "tokens.rows: invalid value: string \"-1\", expected a list of whole numbers, or a slice",
        ),
        ("\":-1\"", "\"::0\"", "a slice such as"),
        ("[\"{layer}\", null, 0]", "[\"layer\"]", "expected a whole number, \"{layer}\", or null"),
        (
            "\"wpe\"",
            "{\"sinusoidal\": {}}",
            "positions: expected an array, `rotary` or \"none\", found `sinusoidal`: sines are irrational",
        ),
        ("\"wpe\"", "{\"alibi\": {}}", "found `alibi`"),
        ("\"wpe\"", "{\"arry\": \"wpe\"}", "unknown field `arry`"),
        (
            "\"wpe\"",
            "{\"rotary\": {\"base\": 2, \"size\": 2, \"pairs\": \"halves\"}, \"array\": \"x\"}",
            "nothing beside `rotary`",
        ),
        ("\"wpe\"", "null", "positions: invalid type: null"),
        ("\"answers\": \"index\"", "\"answers\": \"all\"", "a list, or \"index\""),
    ] {
        assert!(WHOLE.contains(from), "{from}");
        let error = Mapping::parse(&WHOLE.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(message), "{error:?} does not say {message:?}");
    }
    for (layer, message) in [
        (
            "{\"attention\": \"none\"}",
            "layers[0]: missing field `mlp` (\"none\" where there is none)",
        ),
        ("{\"mlp\": \"none\"}", "layers[0]: missing field `attention`"),
        ("{}", "layers[0]: missing field `attention`"),
        ("7", "layers[0]: invalid type"),
    ] {
        let (start, rest) = WHOLE.split_once("\"layers\": [").unwrap();
        let end = rest.rsplit_once("],\n  \"norm\"").unwrap().1;
        let text = format!("{start}\"layers\": [{layer}],\n  \"norm\"{end}");
        let error = Mapping::parse(&text).unwrap_err().to_string();
        assert!(error.contains(message), "{error:?} does not say {message:?}");
    }
}

#[test]
fn version_1_is_refused_with_all_that_it_leaves_unsaid() {
    let old = r#"{"format": "counterproof-mapping", "version": 1, "layout": "out-in",
        "tokens": {"array": "e", "slice": [0, 2]}, "positions": "p",
        "attention": {"heads": 1, "query": {"weight": "w"}, "key": {"weight": "w"}, "value": {"weight": "w"}, "output": {"weight": "w"}},
        "mlp": {"hidden": [{"weight": "w"}], "output": {"weight": "w"}},
        "norms": {"readout": {"eps": "1/100000"}}, "reading": {"number": {"weight": "v"}}, "read_at": "last"}"#;
    let error = Mapping::parse(old).unwrap_err();
    let text = error.to_string();
    for wanted in [
        "`bos`",
        "`layers`",
        "`mixing`",
        "`causal`",
        "`activation`",
        "`residual`",
        "`norm` of the readout",
        "`kind`",
        "in place of `slice`",
    ] {
        assert!(text.contains(wanted), "{text:?} does not say {wanted}");
    }
    assert!(!text.contains("`positions`"), "{text}");
    let header = br#"{"e":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"mask":{"dtype":"BOOL","shape":[1],"data_offsets":[4,5]}}"#;
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.extend([0; 5]);
    let text = error.beside(&file).to_string();
    assert!(
        text.contains("map `mask`, or list under `ignored`") && !text.contains("`e`"),
        "{text}"
    );
}
