(* extracted-check FILE...   check certificates with the code extracted from Coq.

   Reads one certificate or several per file ("-" is standard input) in the text format
   below and prints one line per certificate; `counterproof check --coq DIR` writes such files.  Exit status: 0 every file is valid; 1 some certificate is
   invalid; 2 a file cannot be read or does not follow the format.

   Tokens are separated by white space; "#" starts a comment that ends with the line.
   Integers are decimal, with "-" for negative ones and without leading zeros.

     farkas                        bound                        relation
     unknowns M                    unknowns M                   tokens M
     free F_1 .. F_M               free F_1 .. F_M              length N
     rows R                        rows R                       rows D
     S A_1 .. A_M B   (R lines)    S A_1 .. A_M B  (R lines)    V_1 .. V_M   (D lines)
     multipliers Y_1 .. Y_R        multipliers Y_1 .. Y_R       relation Z_1 .. Z_M
     end                           objective C_1 .. C_M         end
                                   at-most V
                                   scale S
                                   end

     pair qc|mfe / tokens M / length N / rows D / (D lines) / query Q
     / counts C_1 .. C_M / counts C_1 .. C_M / end

     free all|qc Q|mfe Q
     tokens M
     length N|any
     rows D
     V_1 .. V_M        (D lines)
     levels K          K times:  vector B_1 .. B_M
                                 functional U_1 .. U_M
                                 cuts C
                                 Y_1 .. Y_M     (C lines)
     identity          M times:  D W_0 W_1 .. W_D, W_0 for the row of ones
     end

   The last says that up to length N (or at any length) inputs with the same query are told
   apart: by their counts ("all"), or as far as the answer for the query Q is concerned.
   A flag F is 1 if the unknown may be negative and 0 if it is required to be >= 0; a
   sense S is <=, >= or =.  What is checked is stated in theories/CheckFarkas.v,
   theories/CheckCollision.v and theories/LeastCollision.v. *)

module Integer = Z   (* zarith, before the extracted module of that name hides it *)
open Checkers

exception Format_error of string

let format_error expected found =
  raise (Format_error (Printf.sprintf "expected %s, found %s" expected found))

(* Tokens of a channel, comments removed. *)
let tokens channel =
  let buffer = ref [] in
  (try
     while true do
       let line = input_line channel in
       let line =
         match String.index_opt line '#' with
         | Some i -> String.sub line 0 i
         | None -> line
       in
       String.split_on_char ' ' (String.map (function '\t' | '\r' -> ' ' | c -> c) line)
       |> List.iter (fun t -> if t <> "" then buffer := t :: !buffer)
     done
   with End_of_file -> ());
  ref (List.rev !buffer)

let next stream expected =
  match !stream with
  | [] -> format_error expected "the end of the file"
  | t :: rest -> stream := rest; t

let keyword stream word =
  let t = next stream word in
  if t <> word then format_error word t

let is_integer s =
  let digits = if s <> "" && s.[0] = '-' then String.sub s 1 (String.length s - 1) else s in
  digits <> ""
  && String.for_all (fun c -> c >= '0' && c <= '9') digits
  && (digits.[0] <> '0' || s = "0")

let integer stream =
  let t = next stream "an integer" in
  if is_integer t then Integer.of_string t else format_error "an integer" t

(* Sizes, so small enough for memory. *)
let size stream =
  let z = integer stream in
  if Integer.sign z < 0 || Integer.gt z (Integer.of_int 1_000_000) then
    format_error "a size between 0 and 1000000" (Integer.to_string z)
  else Integer.to_int z

let repeat count read =
  let rec go k read_so_far = if k = 0 then List.rev read_so_far else go (k - 1) (read () :: read_so_far) in
  go count []

let integers stream count = repeat count (fun () -> integer stream)

let flag stream =
  match next stream "0 or 1" with
  | "0" -> false
  | "1" -> true
  | t -> format_error "0 or 1" t

let sense stream =
  match next stream "<=, >= or =" with
  | "<=" -> Le
  | ">=" -> Ge
  | "=" -> Eq0
  | t -> format_error "<=, >= or =" t

let rec nat_of_int k = if k = 0 then O else S (nat_of_int (k - 1))

let system stream =
  keyword stream "unknowns";
  let m = size stream in
  keyword stream "free";
  let free = repeat m (fun () -> flag stream) in
  keyword stream "rows";
  let r = size stream in
  let rows =
    repeat r (fun () ->
        let s = sense stream in
        let a = integers stream m in
        let b = integer stream in
        ((s, a), b))
  in
  keyword stream "multipliers";
  let y = integers stream r in
  (m, free, rows, y)

let embedding stream =
  keyword stream "tokens";
  let m = size stream in
  keyword stream "length";
  let n = integer stream in
  keyword stream "rows";
  let d = size stream in
  let rows = repeat d (fun () -> integers stream m) in
  (m, n, rows)

(* [None]: any length *)
let length_or_any stream =
  match !stream with
  | "any" :: rest -> stream := rest; None
  | _ -> Some (integer stream)

let free stream =
  let whose = next stream "all, qc or mfe" in
  let query =
    match whose with
    | "all" -> O
    | "qc" | "mfe" -> nat_of_int (size stream)
    | t -> format_error "all, qc or mfe" t
  in
  keyword stream "tokens";
  let m = size stream in
  keyword stream "length";
  let n = length_or_any stream in
  keyword stream "rows";
  let d = size stream in
  let rows = repeat d (fun () -> integers stream m) in
  keyword stream "levels";
  let k = size stream in
  let levels =
    repeat k (fun () ->
        keyword stream "vector";
        let vector = integers stream m in
        keyword stream "functional";
        let functional = integers stream m in
        keyword stream "cuts";
        let c = size stream in
        ((vector, functional), repeat c (fun () -> integers stream m)))
  in
  keyword stream "identity";
  let identity =
    repeat m (fun () ->
        let scale = integer stream in
        (scale, integers stream (d + 1)))
  in
  keyword stream "end";
  let m = nat_of_int m in
  let bound n = Integer.mul (Integer.of_int 2) (Integer.pred n) in
  let valid =
    match (whose, n) with
    | "qc", None -> check_silent rows m query levels identity
    | "qc", Some n -> check_kernel_qc rows m (bound n) query levels identity
    | "mfe", Some n -> check_kernel_mfe rows m (bound n) query levels identity
    | _, Some n -> check_kernel rows m (bound n) levels identity
    | _, None -> levels = [] && check_generates rows m levels identity
  in
  let up_to =
    match n with None -> "at every length" | Some n -> "up to length " ^ Integer.to_string n
  in
  let what =
    if whose = "all" then "the state determines the counts, for each query"
    else "the state determines the answer to " ^ String.uppercase_ascii whose ^ " for the query"
  in
  (valid, up_to ^ " " ^ what)

let certificate stream =
  match next stream "a kind" with
  | "farkas" ->
      let _, free, rows, y = system stream in
      keyword stream "end";
      (check_farkas free rows y, "the system has no solution")
  | "bound" ->
      let m, free, rows, y = system stream in
      keyword stream "objective";
      let c = integers stream m in
      keyword stream "at-most";
      let v = integer stream in
      keyword stream "scale";
      let s = integer stream in
      keyword stream "end";
      (check_bound free rows y c v s, "every solution satisfies the bound")
  | "relation" ->
      let m, n, rows = embedding stream in
      keyword stream "relation";
      let z = integers stream m in
      keyword stream "end";
      ( check_relation rows (nat_of_int m) n z,
        "no function of query and state solves QC or MFE from length " ^ Integer.to_string n ^ " on" )
  | "pair" ->
      let task = next stream "qc or mfe" in
      let check =
        match task with
        | "qc" -> check_pair_qc
        | "mfe" -> check_pair_mfe
        | t -> format_error "qc or mfe" t
      in
      let m, n, rows = embedding stream in
      keyword stream "query";
      let q = size stream in
      keyword stream "counts";
      let c = integers stream m in
      keyword stream "counts";
      let c' = integers stream m in
      keyword stream "end";
      ( check rows (nat_of_int m) n (nat_of_int q) c c',
        Printf.sprintf "no function of query and state solves %s at length %s"
          (String.uppercase_ascii task) (Integer.to_string n) )
  | "free" -> free stream
  | t -> format_error "farkas, bound, relation, pair or free" t

let check_file name =
  let read () =
    if name = "-" then tokens stdin
    else
      let channel = open_in name in
      Fun.protect ~finally:(fun () -> close_in channel) (fun () -> tokens channel)
  in
  let rec judge stream =
    let status =
      match certificate stream with
      | true, meaning -> Printf.printf "%s: valid: %s\n" name meaning; 0
      | false, _ -> Printf.printf "%s: INVALID\n" name; 1
    in
    if !stream = [] then status else max status (judge stream)
  in
  match judge (read ()) with
  | status -> status
  | exception Format_error message -> Printf.eprintf "%s: %s\n" name message; 2
  | exception Sys_error message -> Printf.eprintf "%s\n" message; 2

let () =
  match List.tl (Array.to_list Sys.argv) with
  | [] -> prerr_endline "usage: extracted-check FILE..."; exit 2
  | files -> exit (List.fold_left (fun status f -> max status (check_file f)) 0 files)
