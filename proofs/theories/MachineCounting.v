(** * T14: up to which length T1 counts in the numbers of a machine

    With [p] bits, [fl] rounding to nearest with ties to even, T1 answers a count [c] of [n]
    tokens, [1 <= c <= n], by
      [r = fl(1 + S)], [u = ReLU(fl(r - 1))], [y = fl(n u)],
    where [S] is the frequency of the query as the machine has it; right is [|y - c| < 1/2].
    - flash, [S = fl(c / n)]: for [p >= 5] every count is right exactly up to [n = 2^(p-2)];
      at [n = 2^(p-2) + 1] the count [5 2^(p-5) + 1] is wrong.
    - Whatever [S] is and whatever function is read off [r]: [n <= 2^(p-1) + 1].
    [MachineSums.v] has the orders that round [1 / n] first.

    All of it for every [fl] that rounds so what is 0 or between [2^(-p)] and [2^p]: for
    [round p], and for each format of a machine with at least these exponents ([formats]).  A
    numerator, [c], and a length are exact: they are at most [2^p].

    Source: ours. *)

From Coq Require Import Setoid Arith Lia ZArith QArith Qabs Qround Qpower Qfield Lqa List.
From Counterproof Require Import Vectors CountVectors MachineNumbers.

Local Open Scope Q_scope.
Local Coercion inject_Z : Z >-> Q.

(** ** Definitions *)

(** What follows the sum; the sum when the division comes last. *)
Definition tail (fl : Q -> Q) (n : Z) (S : Q) : Q :=
  let r := fl (1 + S) in
  let u := relu (fl (r - 1)) in
  fl (n * u).

Definition flash (fl : Q -> Q) (n c : Z) : Q := fl (c / n).

Definition right (y : Q) (c : Z) : Prop := Qabs (y - c) < 1 # 2.

(** What a format has to round as [p] bits do: 0, and numbers of this size. *)
Definition rounds_nearest_even (p : Z) (fl : Q -> Q) : Prop :=
  rounds_between p (2 ^ (- p)) (2 ^ p) fl.

(** ** Rounding with a function *)

Section Tail.
  Variables (p : Z) (fl : Q -> Q).
  Hypothesis p_two : (2 <= p)%Z.
  Hypothesis fl_rounds : rounds_nearest_even p fl.

  Let p_pos : (1 <= p)%Z.
  Proof. lia. Qed.

  Lemma fl_positive x : 2 ^ (- p) <= x <= 2 ^ p -> rounds p x (fl x).
  Proof.
    intros H. apply fl_rounds. right. pose proof (power_pos (- p)). rewrite Qabs_pos by lra. exact H.
  Qed.

  Lemma fl_is x y : 2 ^ (- p) <= x <= 2 ^ p -> rounds p x y -> fl x == y.
  Proof.
    intros H R. apply (rounds_unique p p_pos x); [apply fl_positive; exact H | exact R].
  Qed.

  Lemma fl_zero x : x == 0 -> fl x == 0.
  Proof.
    intros H. apply (rounds_unique p p_pos x); [apply fl_rounds; left; exact H | left].
    split; [exact H | reflexivity].
  Qed.

  Lemma fl_exact x : x == 0 \/ 2 ^ (- p) <= x <= 2 ^ p -> representable p x -> fl x == x.
  Proof.
    intros [H|H] R; [transitivity 0; [apply fl_zero; exact H | symmetry; exact H]|].
    apply fl_is; [exact H|].
    apply rounds_exact; assumption.
  Qed.

  Lemma fl_at_least a x : representable p a -> a <= x -> 2 ^ (- p) <= x <= 2 ^ p -> a <= fl x.
  Proof.
    intros R H B. apply (rounds_monotone p p_pos a x); [exact H | | apply fl_positive; exact B].
    apply rounds_exact; assumption.
  Qed.

  Lemma fl_at_most a x : representable p a -> x <= a -> 2 ^ (- p) <= x <= 2 ^ p -> fl x <= a.
  Proof.
    intros R H B. apply (rounds_monotone p p_pos x a); [exact H | apply fl_positive; exact B |].
    apply rounds_exact; assumption.
  Qed.

  Lemma fl_error l x : x <= 2 ^ l -> 2 ^ (- p) <= x <= 2 ^ p -> Qabs (fl x - x) <= 2 ^ (l - p - 1).
  Proof.
    intros H B. apply (rounds_error p p_pos l x); [apply fl_positive; exact B|].
    pose proof (power_pos (- p)). rewrite Qabs_pos by lra. exact H.
  Qed.

  Lemma power_four : 4 <= 2 ^ p.
  Proof. change 4 with (2 ^ 2). apply power_le. exact p_two. Qed.

  Lemma power_minus e : 2 ^ e * 2 ^ (- e) == 1.
  Proof. rewrite <- power_add. replace (e + - e)%Z with 0%Z by lia. reflexivity. Qed.

  Lemma power_quarter : 2 ^ (- p) <= 1 # 4.
  Proof. change (1 # 4) with (2 ^ (-2)). apply power_le. lia. Qed.

  Lemma representable_power e : representable p (2 ^ e).
  Proof.
    exists 1%Z, e. split; [|ring]. apply (Z.pow_le_mono_r 2 0 p); lia.
  Qed.

  Lemma representable_one : representable p 1.
  Proof. apply (representable_power 0). Qed.

  Lemma representable_two : representable p 2.
  Proof. apply (representable_power 1). Qed.

  Lemma representable_length (n : Z) : (0 <= n <= 2 ^ p)%Z -> representable p n.
  Proof. intros H. exists n, 0%Z. split; [lia | ring]. Qed.

  (** ** The tail *)

  (** [u] is a multiple of [2^(1-p)] of [[0, 1]], and near [S]. *)
  Lemma tail_unit S : 0 <= S <= 1 ->
    exists j, (0 <= j <= 2 ^ (p - 1))%Z /\ fl (1 + S) == 1 + j * 2 ^ (1 - p) /\
      relu (fl (fl (1 + S) - 1)) == j * 2 ^ (1 - p) /\ Qabs (j * 2 ^ (1 - p) - S) <= 2 ^ (- p).
  Proof.
    intros HS. pose proof power_quarter as Hq. pose proof power_four as Hf.
    pose proof (power_pos (1 - p)) as Hu. pose proof (power_pos (- p)) as Hv.
    assert (B : 2 ^ (- p) <= 1 + S <= 2 ^ p) by lra.
    assert (E1 : (2 ^ (p - 1))%Z * 2 ^ (1 - p) == 1).
    { rewrite <- power_integer, <- power_add by lia.
      replace (p - 1 + (1 - p))%Z with 0%Z by lia. reflexivity. }
    assert (Hj : exists j : Z, fl (1 + S) - 1 == j * 2 ^ (1 - p)).
    { destruct (Qlt_le_dec S 1) as [C|C].
      - destruct (round_to_spec (1 - p) (1 + S)) as [k [Ek Hk]].
        exists (k - 2 ^ (p - 1))%Z. rewrite inject_minus.
        assert (E : fl (1 + S) == k * 2 ^ (1 - p)); [|lra].
        rewrite <- Ek. apply fl_is; [exact B|]. right. exists (1 - p)%Z.
        replace (p - 1 + (1 - p))%Z with 0%Z by lia. replace (p + (1 - p))%Z with 1%Z by lia.
        change (2 ^ 0) with 1. change (2 ^ 1) with 2. rewrite Qabs_pos by lra.
        split; [lra | exists k; auto].
      - exists (2 ^ (p - 1))%Z. rewrite E1.
        assert (E : fl (1 + S) == 2); [|rewrite E; ring].
        apply fl_is; [exact B|]. assert (E2 : 1 + S == 2) by lra. rewrite E2.
        apply rounds_exact; [exact p_pos | exact representable_two]. }
    destruct Hj as [j Ej].
    pose proof (fl_at_least 1 (1 + S) representable_one ltac:(lra) B) as L.
    pose proof (fl_at_most 2 (1 + S) representable_two ltac:(lra) B) as U.
    pose proof (fl_error 1 (1 + S) ltac:(change (2 ^ 1) with 2; lra) B) as Er.
    replace (1 - p - 1)%Z with (- p)%Z in Er by lia.
    assert (J0 : (0 <= j)%Z).
    { apply (multiple_le_inv _ _ (2 ^ (1 - p)) Hu). change (inject_Z 0) with 0. lra. }
    assert (J1 : (j <= 2 ^ (p - 1))%Z).
    { apply (multiple_le_inv _ _ (2 ^ (1 - p)) Hu). lra. }
    exists j. split; [auto|]. split; [lra|].
    assert (Rj : representable p (j * 2 ^ (1 - p))).
    { exists j, (1 - p)%Z. split; [|reflexivity]. rewrite Z.abs_eq by exact J0.
      apply Z.le_trans with (1 := J1). apply Z.pow_le_mono_r; lia. }
    assert (E : fl (fl (1 + S) - 1) == j * 2 ^ (1 - p)).
    { rewrite <- Ej. apply fl_exact; [|rewrite Ej; exact Rj].
      destruct (Z.eq_dec j 0) as [->|Hne]; [left; rewrite Ej; ring | right].
      pose proof (multiple_le 1 j (2 ^ (1 - p)) Hu ltac:(lia)) as Hm.
      change (inject_Z 1) with 1 in Hm.
      assert (2 ^ (- p) <= 2 ^ (1 - p)) by (apply power_le; lia). lra. }
    split; [rewrite relu_pos by (rewrite E, <- Ej; lra); exact E|].
    rewrite <- Ej. setoid_replace (fl (1 + S) - 1 - S) with (fl (1 + S) - (1 + S)) by ring. exact Er.
  Qed.

  (** The last rounding, for lengths up to [2^b]. *)
  Lemma tail_last (n j b : Z) :
    (1 <= n)%Z -> (n <= 2 ^ b)%Z -> (0 <= b <= p)%Z -> (0 <= j <= 2 ^ (p - 1))%Z ->
    forall x, x == n * (j * 2 ^ (1 - p)) ->
    Qabs (fl x - x) <= 2 ^ (b - p - 1) /\ (n = (2 ^ b)%Z -> fl x == x).
  Proof.
    intros Hn Hb Hbp [J0 J1] x Ex.
    pose proof (power_pos (1 - p)) as Hu. pose proof (power_pos (b - p - 1)) as Hv.
    destruct (Z.eq_dec j 0) as [->|Hne].
    { assert (E0 : x == 0) by (rewrite Ex; ring). assert (E : fl x == 0) by (apply fl_zero; exact E0).
      split; [|intros _; lra].
      setoid_replace (fl x - x) with 0 by lra. change (Qabs 0) with 0. lra. }
    assert (Hx : 2 ^ (1 - p) <= x <= n).
    { rewrite Ex. split.
      - setoid_replace (n * (j * 2 ^ (1 - p))) with ((n * j)%Z * 2 ^ (1 - p))
          by (rewrite inject_Z_mult; ring).
        pose proof (multiple_le 1 (n * j) (2 ^ (1 - p)) Hu ltac:(nia)) as Hm.
        change (inject_Z 1) with 1 in Hm. lra.
      - pose proof (multiple_le j (2 ^ (p - 1)) (2 ^ (1 - p)) Hu J1) as Hm.
        assert (E1 : (2 ^ (p - 1))%Z * 2 ^ (1 - p) == 1).
        { rewrite <- power_integer, <- power_add by lia.
          replace (p - 1 + (1 - p))%Z with 0%Z by lia. reflexivity. }
        rewrite E1 in Hm. apply inject_le in Hn. change (inject_Z 1) with 1 in Hn. nra. }
    assert (Hnb : n <= 2 ^ b) by (rewrite power_integer by lia; apply inject_le; exact Hb).
    assert (Hp : 2 ^ (- p) <= 2 ^ (1 - p)) by (apply power_le; lia).
    assert (Hq : 2 ^ b <= 2 ^ p) by (apply power_le; lia).
    split; [apply fl_error; lra | intros ->; apply fl_exact; [right; lra|]].
    exists j, (b + (1 - p))%Z. split.
    - rewrite Z.abs_eq by exact J0. apply Z.le_trans with (1 := J1). apply Z.pow_le_mono_r; lia.
    - rewrite Ex, <- power_integer, power_add by lia. ring.
  Qed.

  (** Where [S] is so near 1 that [1 + S] rounds to 2. *)
  Lemma tail_full (n : Z) S :
    (1 <= n <= 2 ^ p)%Z -> 1 - 2 ^ (- p) <= S <= 1 -> tail fl n S == n.
  Proof.
    intros Hn HS. pose proof power_quarter as Hq. pose proof power_four as Hf.
    pose proof (power_pos (- p)) as Hv.
    assert (E2 : 2 ^ (1 - p) == 2 * 2 ^ (- p)).
    { rewrite <- power_succ. replace (- p + 1)%Z with (1 - p)%Z by lia. reflexivity. }
    assert (E1 : (2 ^ p)%Z * 2 ^ (- p) == 1) by (rewrite <- power_integer by lia; apply power_minus).
    assert (R : rounds p (2 - 2 ^ (- p)) 2).
    { setoid_replace 2 with ((2 ^ p)%Z * 2 ^ (1 - p)) at 3 by (rewrite E2; lra).
      apply (rounds_units p p_pos (1 - p) (2 ^ p) (- (1 # 2))).
      - rewrite E2. lra.
      - assert (P : (2 ^ (p - 1) + 1 <= 2 ^ p)%Z).
        { replace p with (p - 1 + 1)%Z at 2 by lia. rewrite Z.pow_add_r by lia.
          pose proof (Z.pow_pos_nonneg 2 (p - 1) ltac:(lia) ltac:(lia)). lia. }
        apply inject_le in P. rewrite inject_succ in P. lra.
      - lra.
      - intros _. apply Z.even_pow. lia. }
    assert (B : 2 ^ (- p) <= 1 + S <= 2 ^ p) by lra.
    assert (Er : fl (1 + S) == 2).
    { apply Qle_antisym.
      - apply fl_at_most; [exact representable_two | lra | exact B].
      - apply (rounds_monotone p p_pos (2 - 2 ^ (- p)) (1 + S)); [lra | exact R |].
        apply fl_positive. exact B. }
    destruct (tail_unit S ltac:(lra)) as [j [Hj [Ej [Eu _]]]].
    assert (E : j * 2 ^ (1 - p) == 1) by lra. rewrite E in Eu.
    unfold tail. pose proof (inject_le _ _ (proj2 Hn)) as Hn2.
    pose proof (inject_le _ _ (proj1 Hn)) as Hn1.
    rewrite <- power_integer in Hn2 by lia. change (inject_Z 1) with 1 in Hn1.
    rewrite (fl_exact (n * relu _)).
    - rewrite Eu. ring.
    - right. rewrite Eu. lra.
    - rewrite Eu, Qmult_1_r. apply representable_length. lia.
  Qed.

  (** How much [n S] may be off; the last rounding is exact when [n] is a power of two. *)
  Lemma tail_right (n c b : Z) S d :
    (1 <= n)%Z -> (n <= 2 ^ b)%Z -> (0 <= b <= p)%Z -> 0 <= S <= 1 -> Qabs (n * S - c) <= d ->
    d + n * 2 ^ (- p) + 2 ^ (b - p - 1) < 1 # 2 \/
      n = (2 ^ b)%Z /\ d + n * 2 ^ (- p) < 1 # 2 ->
    right (tail fl n S) c.
  Proof.
    intros Hn Hb Hbp HS Hd H. destruct (tail_unit S HS) as [j [Hj [_ [Eu Er]]]].
    unfold tail. set (u := relu (fl (fl (1 + S) - 1))) in *.
    assert (Ex : n * u == n * (j * 2 ^ (1 - p))) by (rewrite Eu; reflexivity).
    destruct (tail_last n j b Hn Hb Hbp Hj _ Ex) as [L L'].
    apply inject_le in Hn. change (inject_Z 1) with 1 in Hn. rewrite <- Eu in Er.
    unfold right. set (y := fl (n * u)) in *. apply Qabs_Qle_condition in L.
    apply Qabs_Qle_condition in Er. apply Qabs_Qle_condition in Hd.
    assert (U : n * u - n * S <= n * 2 ^ (- p)) by nra.
    assert (V : n * S - n * u <= n * 2 ^ (- p)) by nra.
    apply Qabs_Qlt_condition. destruct H as [H|[Hn2 H]]; [lra|]. specialize (L' Hn2). lra.
  Qed.

  (** ** flash *)

  Lemma quotient_range (n c : Z) :
    (1 <= c <= n)%Z -> (n <= 2 ^ p)%Z -> 2 ^ (- p) <= c / n <= 1.
  Proof.
    intros Hc Hn. pose proof (inject_le _ _ (proj1 Hc)) as C1.
    pose proof (inject_le _ _ (proj2 Hc)) as C2. apply inject_le in Hn.
    rewrite <- power_integer in Hn by lia. change (inject_Z 1) with 1 in C1.
    pose proof (power_minus p) as E. pose proof (power_pos (- p)) as Hv.
    split; [apply Qle_shift_div_l | apply Qle_shift_div_r]; nra.
  Qed.

  Theorem flash_right (n c : Z) :
    (1 <= c <= n)%Z -> (n <= 2 ^ (p - 2))%Z -> right (tail fl n (flash fl n c)) c.
  Proof.
    intros Hc Hn. unfold flash.
    assert (Hp : (2 ^ (p - 2) <= 2 ^ p)%Z) by (apply Z.pow_le_mono_r; lia).
    pose proof (quotient_range n c Hc ltac:(lia)) as [B1 B2]. pose proof power_four as Hf.
    assert (B : 2 ^ (- p) <= c / n <= 2 ^ p) by lra.
    pose proof (power_pos (- p)) as Hv.
    pose proof (fl_at_most 1 (c / n) representable_one B2 B) as S1.
    pose proof (fl_at_least (2 ^ (- p)) (c / n) (representable_power _) B1 B) as S0.
    pose proof (fl_error 0 (c / n) B2 B) as Es. set (S := fl (c / n)) in *.
    set (v := 2 ^ (0 - p - 1)) in *.
    assert (Ev : 2 ^ (- p) == 2 * v).
    { unfold v. rewrite <- power_succ. replace (0 - p - 1 + 1)%Z with (- p)%Z by lia. reflexivity. }
    assert (E8 : 2 ^ (p - 2) * v == 1 # 8).
    { unfold v. rewrite <- power_add. replace (p - 2 + (0 - p - 1))%Z with (-3)%Z by lia.
      reflexivity. }
    pose proof (inject_le 1 n ltac:(lia)) as N1. change (inject_Z 1) with 1 in N1.
    assert (Hd : Qabs (n * S - c) <= n * v).
    { assert (Ec : n * (c / n) == c) by (field; lra).
      apply Qabs_Qle_condition in Es. apply Qabs_Qle_condition. nra. }
    apply (tail_right n c (p - 2) S (n * v)); try lia; [lra | exact Hd|].
    rewrite power_integer in E8 by lia. rewrite Ev.
    destruct (Z.eq_dec n (2 ^ (p - 2))) as [E|E].
    - right. split; [exact E|]. rewrite E. lra.
    - left. assert (Hlt : (n < 2 ^ (p - 2))%Z) by lia. apply inject_lt in Hlt.
      replace (p - 2 - p - 1)%Z with (-3)%Z by lia. change (2 ^ (-3)) with (1 # 8). nra.
  Qed.

  Theorem flash_wrong : (5 <= p)%Z ->
    let n := (2 ^ (p - 2) + 1)%Z in
    let c := (5 * 2 ^ (p - 5) + 1)%Z in
    (1 <= c <= n)%Z /\ ~ right (tail fl n (flash fl n c)) c.
  Proof.
    intros Hp n c. set (q := (2 ^ (p - 5))%Z) in *.
    assert (Hq : (1 <= q)%Z) by (apply (Z.pow_le_mono_r 2 0 (p - 5)); lia).
    assert (E32 : (2 ^ p = 32 * q)%Z).
    { unfold q. replace p with (5 + (p - 5))%Z at 1 by lia. rewrite Z.pow_add_r by lia. reflexivity. }
    assert (E16 : (2 ^ (p - 1) = 16 * q)%Z).
    { unfold q. replace (p - 1)%Z with (4 + (p - 5))%Z at 1 by lia. rewrite Z.pow_add_r by lia.
      reflexivity. }
    assert (En : n = (8 * q + 1)%Z).
    { unfold n, q. replace (p - 2)%Z with (3 + (p - 5))%Z by lia. rewrite Z.pow_add_r by lia.
      reflexivity. }
    split; [rewrite En; unfold c; lia|]. unfold flash.
    pose proof (quotient_range n c ltac:(rewrite En; unfold c; lia) ltac:(rewrite En, E32; lia))
      as [B1 B2].
    pose proof (inject_le _ _ Hq) as Q1. change (inject_Z 1) with 1 in Q1.
    assert (Nq : n == 8 * q + 1) by (rewrite En, inject_succ, inject_Z_mult; reflexivity).
    assert (Cq : c == 5 * q + 1) by (unfold c; rewrite inject_succ, inject_Z_mult; reflexivity).
    assert (Pq : (2 ^ p)%Z == 32 * q) by (rewrite E32, inject_Z_mult; reflexivity).
    assert (Hq' : (2 ^ (p - 1))%Z == 16 * q) by (rewrite E16, inject_Z_mult; reflexivity).
    assert (U : 2 ^ (- p) == 1 / (32 * q)).
    { pose proof (power_minus p) as E. rewrite power_integer, Pq in E by lia.
      apply (Qmult_inj_l _ _ (32 * q)); [lra|]. rewrite E. field. lra. }
    assert (U2 : 2 ^ (1 - p) == 1 / (16 * q)).
    { replace (1 - p)%Z with (- p + 1)%Z by lia. rewrite power_succ, U. field. lra. }
    pose proof power_four as Hf. rewrite power_integer, Pq in Hf by lia.
    assert (P2 : 2 ^ p == 32 * q) by (rewrite power_integer by lia; exact Pq).
    (* [c / n] is between one and one and a half units above 5/8 *)
    assert (ES : fl (c / n) == (20 * q + 1)%Z * 2 ^ (- p)).
    { apply fl_is; [lra|].
      set (t := 12 * q / (8 * q + 1)).
      assert (T : t * (8 * q + 1) == 12 * q) by (unfold t; field; lra).
      apply (rounds_units p p_pos (- p) (20 * q + 1) (t - 1)).
      - rewrite inject_succ, inject_Z_mult, U, Nq, Cq. change (inject_Z 20) with 20.
        unfold t. field. split; lra.
      - rewrite inject_succ, inject_Z_mult, Pq, Hq'. change (inject_Z 20) with 20.
        assert (1 <= t) by nra. assert (t <= 3 # 2) by nra. lra.
      - assert (1 <= t) by nra. assert (t <= 3 # 2) by nra. lra.
      - intros [D|D].
        + exfalso. assert (Et : t == 3 # 2) by lra. rewrite Et in T. lra.
        + exfalso. assert (1 <= t) by nra. lra. }
    rewrite inject_succ, inject_Z_mult in ES. change (inject_Z 20) with 20 in ES.
    set (S := fl (c / n)) in *. set (w := 2 ^ (- p)) in *.
    assert (W : q * w == 1 # 32).
    { pose proof (power_minus p) as E. rewrite P2 in E. unfold w. lra. }
    assert (Hw : 0 < w) by apply power_pos. assert (Hw2 : w <= 1 # 32) by nra.
    assert (U' : 2 ^ (1 - p) == 2 * w) by (rewrite U2, U; field; lra).
    (* a tie that goes down *)
    assert (Er : fl (1 + S) == 13 # 8).
    { transitivity ((26 * q)%Z * 2 ^ (1 - p)).
      - apply fl_is; [fold w; rewrite ES; lra|].
        apply (rounds_units p p_pos (1 - p) (26 * q) (1 # 2)).
        + rewrite ES, U', inject_Z_mult. change (inject_Z 26) with 26. lra.
        + rewrite inject_Z_mult, Pq, Hq'. change (inject_Z 26) with 26. lra.
        + lra.
        + intros _. rewrite Z.even_mul. reflexivity.
      - rewrite U', inject_Z_mult. change (inject_Z 26) with 26. lra. }
    unfold tail. set (r := fl (1 + S)) in *.
    assert (Eu : fl (r - 1) == 5 # 8).
    { apply fl_is; [fold w; lra|]. assert (E : r - 1 == 5 # 8) by lra. rewrite E.
      apply rounds_exact; [exact p_pos|]. exists 5%Z, (-3)%Z. split; [|reflexivity].
      rewrite E32. change (Z.abs 5) with 5%Z. lia. }
    assert (Ev : relu (fl (r - 1)) == 5 # 8) by (rewrite relu_pos by lra; exact Eu).
    set (u := relu (fl (r - 1))) in *.
    (* and another one *)
    assert (Ey : fl (n * u) == (20 * q + 2)%Z * 2 ^ (-2)).
    { apply fl_is; [fold w; rewrite Ev, Nq; lra|].
      apply (rounds_units p p_pos (-2) (20 * q + 2) (1 # 2)).
      - rewrite Ev, Nq, inject_Z_plus, inject_Z_mult. change (2 ^ (-2)) with (1 # 4).
        change (inject_Z 20) with 20. change (inject_Z 2) with 2. lra.
      - rewrite inject_Z_plus, inject_Z_mult, Pq, Hq'.
        change (inject_Z 20) with 20. change (inject_Z 2) with 2. lra.
      - lra.
      - intros _. rewrite Z.even_add, Z.even_mul. reflexivity. }
    unfold right. rewrite Ey, Cq, inject_Z_plus, inject_Z_mult.
    change (2 ^ (-2)) with (1 # 4). change (inject_Z 20) with 20. change (inject_Z 2) with 2.
    intros C. apply Qabs_Qlt_condition in C. lra.
  Qed.

  (** [2^(p-2)] is exactly how far it reaches. *)
  Theorem flash_largest (n : Z) : (5 <= p)%Z ->
    (forall n' c, (1 <= c <= n')%Z -> (n' <= n)%Z -> right (tail fl n' (flash fl n' c)) c) <->
    (n <= 2 ^ (p - 2))%Z.
  Proof.
    intros Hp. split.
    - intros H. destruct (Z_le_gt_dec n (2 ^ (p - 2))) as [|C]; [assumption|]. exfalso.
      destruct (flash_wrong Hp) as [Hc Hw]. apply Hw. apply H; [exact Hc | lia].
    - intros Hn n' c Hc Hn'. apply flash_right; [exact Hc | lia].
  Qed.

  (** ** Any function of [r] *)

  (** There are [2^(p-1) + 1] numbers of [p] bits between 1 and 2. *)
  Theorem residual_one (n : Z) (S : Z -> Q) (g : Q -> Q) :
    (forall x y, x == y -> g x == g y) ->
    (forall c, (1 <= c <= n)%Z -> 0 <= S c <= 1 /\ right (g (fl (1 + S c))) c) ->
    (n <= 2 ^ (p - 1) + 1)%Z.
  Proof.
    intros Hg H. destruct (Z_le_gt_dec n (2 ^ (p - 1) + 1)) as [|Hn]; [assumption|]. exfalso.
    assert (P0 : (0 < 2 ^ (p - 1))%Z) by (apply Z.pow_pos_nonneg; lia).
    set (place := fun i => Qfloor ((fl (1 + S (Z.of_nat i)) - 1) / 2 ^ (1 - p))).
    assert (Hplace : forall i, (1 <= Z.of_nat i <= n)%Z -> (0 <= place i <= 2 ^ (p - 1))%Z /\
              fl (1 + S (Z.of_nat i)) == 1 + place i * 2 ^ (1 - p)).
    { intros i Hi. destruct (H _ Hi) as [HS _]. destruct (tail_unit _ HS) as [j [Hj [E _]]].
      assert (Ej : place i = j); [|rewrite Ej; auto]. unfold place.
      rewrite <- (Qfloor_Z j). apply Qfloor_comp. rewrite E. field. pose proof (power_pos (1 - p)). lra. }
    destruct (pigeonhole Z.eq_dec place (seq 1 (Z.to_nat n))
                (map Z.of_nat (seq 0 (Z.to_nat (2 ^ (p - 1) + 1)))))
      as [i [i' [Hi [Hi' [Hne E]]]]].
    - apply seq_NoDup.
    - intros i Hi. apply in_seq in Hi. destruct (Hplace i ltac:(lia)) as [B _].
      apply in_map_iff. exists (Z.to_nat (place i)). rewrite Z2Nat.id by lia. split; [reflexivity|].
      apply in_seq. lia.
    - rewrite map_length, !seq_length. lia.
    - apply in_seq in Hi. apply in_seq in Hi'.
      destruct (Hplace i ltac:(lia)) as [_ E1]. destruct (Hplace i' ltac:(lia)) as [_ E2].
      destruct (H (Z.of_nat i) ltac:(lia)) as [_ R1]. destruct (H (Z.of_nat i') ltac:(lia)) as [_ R2].
      unfold right in R1, R2. rewrite E in E1. rewrite (Hg _ _ E1) in R1. rewrite (Hg _ _ E2) in R2.
      apply Qabs_Qlt_condition in R1. apply Qabs_Qlt_condition in R2.
      assert (C1 : (Z.of_nat i < Z.of_nat i' + 1)%Z) by (apply inject_lt_inv; rewrite inject_succ; lra).
      assert (C2 : (Z.of_nat i' < Z.of_nat i + 1)%Z) by (apply inject_lt_inv; rewrite inject_succ; lra).
      lia.
  Qed.
End Tail.

(** Formats of machines: with the smallest unit [2^m], the smallest normal number is
    [2^(p-1+m)].  fp8, bf16, fp16, tf32, fp32 and fp64 have it at [2^(-p)] or below. *)
Theorem formats (p m : Z) : (p - 1 + m <= - p)%Z ->
  rounds_nearest_even p (round_gradual p m).
Proof. intros Hm. apply gradual_between. apply power_le. exact Hm. Qed.

Lemma round_nearest_even (p : Z) : rounds_nearest_even p (round p).
Proof. apply round_between. Qed.
